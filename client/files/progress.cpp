// Bars and figures.
#include "client/files/progress.h"

#include "client/talk/wording.h"

#include <algorithm>
#include <cmath>

namespace chat {

namespace {

constexpr std::size_t bar_width = 20;

double seconds_between(Progress::Clock::time_point from, Progress::Clock::time_point to) {
    return std::chrono::duration<double>(to - from).count();
}

std::string in_time(double duration) {
    const auto whole = std::llround(std::ceil(duration));
    if (whole < 60) return std::to_string(whole) + " s";
    if (whole < 3600) return std::to_string(whole / 60) + " min";
    return std::to_string(whole / 3600) + " h";
}

}  // namespace

void Progress::update(std::uint64_t done, Clock::time_point now) {
    if (begin_ == Clock::time_point{} || done < first_) {
        begin_ = now;
        first_ = done;
    }
    done_ = std::min(done, size_);
    now_ = now;
}

std::string Progress::bar() const {
    const double share = size_ == 0 ? 1 : static_cast<double>(done_) / static_cast<double>(size_);
    const auto full = static_cast<std::size_t>(share * bar_width);
    std::string text = '[' + std::string(full, '#') + std::string(bar_width - full, '.') + "] " +
                       std::to_string(static_cast<int>(share * 100)) + " %";
    const double seconds = seconds_between(begin_, now_);
    if (seconds <= 0 || done_ <= first_) return text;
    const double rate = static_cast<double>(done_ - first_) / seconds;
    return text + ", " + in_bytes(rate) + "/s, " + in_time(static_cast<double>(size_ - done_) / rate) + " left";
}

std::uint64_t Progress::rate() const {
    const double seconds = seconds_between(begin_, now_);
    if (seconds < 0.1 || done_ <= first_) return 0;
    return static_cast<std::uint64_t>(static_cast<double>(done_ - first_) / seconds);
}

std::string Progress::average() const {
    const std::uint64_t bytes = rate();
    return bytes == 0 ? std::string() : in_bytes(static_cast<double>(bytes)) + "/s";
}

}  // namespace chat
