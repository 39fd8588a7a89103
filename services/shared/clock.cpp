// Reading clocks and spelling times.
#include "shared/clock.h"

#include <algorithm>
#include <ctime>

#ifdef CHAT_CRASH_POINTS
#include "shared/unique_fd.h"

#include <fcntl.h>
#include <sys/mman.h>
#include <sys/stat.h>

#include <atomic>
#include <cstdlib>
#endif

namespace chat {
namespace {

constexpr std::int64_t micro = 1'000'000;

Microseconds read(clockid_t clock) noexcept {
    timespec now{};
    ::clock_gettime(clock, &now);
    return std::int64_t{now.tv_sec} * micro + now.tv_nsec / 1000;
}

#ifdef CHAT_CRASH_POINTS
const std::atomic<Microseconds>* open_shift() noexcept {
    const char* path = std::getenv("CHAT_CLOCK_SHIFT");
    if (path == nullptr) return nullptr;
    const UniqueFd fd(::open(path, O_RDONLY | O_CLOEXEC));
    struct stat status {};
    if (!fd || ::fstat(fd.get(), &status) != 0 || status.st_size < static_cast<off_t>(sizeof(Microseconds)))
        return nullptr;
    void* memory = ::mmap(nullptr, sizeof(Microseconds), PROT_READ, MAP_SHARED, fd.get(), 0);
    return memory == MAP_FAILED ? nullptr : static_cast<const std::atomic<Microseconds>*>(memory);
}

Microseconds shift() noexcept {
    static const std::atomic<Microseconds>* const by = open_shift();
    return by == nullptr ? 0 : by->load();
}
#else
constexpr Microseconds shift() noexcept {
    return 0;
}
#endif

// A year before 1970 or after 9999 has no spelling here; such a time is shown as the nearest that has one.
std::time_t seconds_of(Microseconds at) noexcept {
    constexpr std::int64_t last = 253402300799;
    const std::int64_t seconds = at / micro;
    return static_cast<std::time_t>(seconds < 0 ? 0 : seconds > last ? last : seconds);
}

std::string spell_local(Microseconds at, const char* format) {
    const std::time_t seconds = seconds_of(at);
    std::tm parts{};
    ::localtime_r(&seconds, &parts);
    char text[32];
    return {text, std::strftime(text, sizeof text, format, &parts)};
}

}  // namespace

Microseconds wall_clock() noexcept {
    return read(CLOCK_REALTIME);
}
Microseconds steady_clock() noexcept {
    return read(CLOCK_MONOTONIC) + shift();
}

char* put_time(char* to, Microseconds at) noexcept {
    // Most lines of one moment share their second: the calendar is worked out once for it.
    thread_local std::time_t known = -1;
    thread_local char prefix[24];
    thread_local std::size_t prefix_size = 0;
    const std::time_t seconds = seconds_of(at);
    if (seconds != known) {
        std::tm parts{};
        ::gmtime_r(&seconds, &parts);
        prefix_size = std::strftime(prefix, sizeof prefix, "%Y-%m-%dT%H:%M:%S.", &parts);
        known = seconds;
    }
    const auto milliseconds = static_cast<unsigned>(at < 0 ? 0 : at % micro / 1000);
    to = std::copy_n(prefix, prefix_size, to);
    *to++ = static_cast<char>('0' + milliseconds / 100);
    *to++ = static_cast<char>('0' + milliseconds / 10 % 10);
    *to++ = static_cast<char>('0' + milliseconds % 10);
    *to++ = 'Z';
    return to;
}

void append_time(std::string& out, Microseconds at) {
    char text[time_size];
    out.append(text, put_time(text, at));
}

std::string local_date(Microseconds at) {
    return spell_local(at, "%Y-%m-%d");
}
std::string local_time(Microseconds at) {
    return spell_local(at, "%H:%M:%S");
}

}  // namespace chat
