// Entered lines and pastes: see typed_lines.h.
#include "client/terminal/typed_lines.h"

#include "client/net/deadline.h"

#include <algorithm>
#include <iterator>
#include <utility>

namespace chat {

std::vector<std::string> lines_of(std::string_view text) {
    std::vector<std::string> lines;
    for (;;) {
        const std::size_t end = text.find_first_of("\r\n");
        lines.emplace_back(text.substr(0, end));
        if (end == std::string_view::npos) return lines;
        text.remove_prefix(end + (text.substr(end, 2) == "\r\n" ? 2 : 1));
    }
}

std::size_t count_written(const std::vector<std::string>& lines) {
    return static_cast<std::size_t>(
        std::count_if(lines.begin(), lines.end(), [](const std::string& line) { return !line.empty(); }));
}

void TypedLines::enter(std::string_view text, const std::string& prompt, bool is_kept, bool more_follows) {
    for (std::string& line : lines_of(text)) {
        if (!line.empty()) ++written_;
        burst_.push_back({{std::move(line), false}, burst_.empty() ? prompt : "", is_kept});
    }
    settle(more_follows);
}

void TypedLines::settle(bool more_follows) {
    ends_at_ = Clock::now() + pause;
    if (!more_follows && !is_paste()) release();
}

void TypedLines::release() {
    entries_.insert(entries_.end(), std::make_move_iterator(burst_.begin()), std::make_move_iterator(burst_.end()));
    burst_.clear();
    written_ = 0;
}

bool TypedLines::has_paste_ended() const {
    return is_paste() && Clock::now() >= ends_at_;
}

void TypedLines::end_paste(std::string_view rest) {
    std::string text;
    for (const Entry& entry : std::exchange(burst_, {})) text += entry.line.text + '\n';
    written_ = 0;
    paste(text.append(rest));
}

void TypedLines::paste(std::string_view text) {
    release();
    Entry entry;
    entry.paste = lines_of(text.substr(0, text.find_last_not_of("\r\n") + 1));
    entries_.push_back(std::move(entry));
}

int TypedLines::poll_timeout() const {
    return is_paste() ? milliseconds_until(ends_at_) : -1;
}

std::optional<TypedLines::Entry> TypedLines::next_line() {
    if (entries_.empty() || !entries_.front().paste.empty()) return std::nullopt;
    Entry entry = std::move(entries_.front());
    entries_.pop_front();
    return entry;
}

std::optional<std::vector<std::string>> TypedLines::next_paste() {
    if (entries_.empty() || entries_.front().paste.empty()) return std::nullopt;
    std::vector<std::string> lines = std::move(entries_.front().paste);
    entries_.pop_front();
    return lines;
}

}  // namespace chat
