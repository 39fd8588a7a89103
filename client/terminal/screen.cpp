// Standard output: see screen.h.
#include "client/terminal/screen.h"

#include "client/terminal/wrap.h"
#include "shared/text/printable.h"

#include <poll.h>
#include <unistd.h>

#include <cerrno>
#include <cstdio>
#include <utility>

namespace chat {

namespace {

// The terminal saves the title of its window, and restores it.
constexpr const char* keep_title = "\x1b[22;2t";
constexpr const char* old_title = "\x1b[23;2t";

enum class Written { all, interrupted, nobody_reads };

// Waits as long as necessary, or until a signal ends the process.
Written write_all(std::string_view text) {
    // First what readline has written.
    if (::fflush(stdout) != 0) return errno == EINTR ? Written::interrupted : Written::nobody_reads;
    while (!text.empty()) {
        const ssize_t count = ::write(STDOUT_FILENO, text.data(), text.size());
        if (count >= 0) {
            text.remove_prefix(static_cast<std::size_t>(count));
        } else if (errno == EINTR) {
            return Written::interrupted;
        } else if (errno == EAGAIN) {
            // Another process that shares this terminal made it non-blocking.
            pollfd waiting{STDOUT_FILENO, POLLOUT, 0};
            if (::poll(&waiting, 1, -1) < 0) return Written::interrupted;
        } else {
            return Written::nobody_reads;
        }
    }
    return Written::all;
}

}  // namespace

void Screen::show(std::string_view line, std::span<const Look> looks) {
    const std::string text = styled(line, looks, features_.colours);
    to_show_ += features_.wraps ? wrapped(text, window_width()) : text;
    to_show_ += '\n';
}

void Screen::title(std::string_view text) {
    if (!features_.titles || title_ == text) return;
    title_ = text;
    title_changed_ = true;
}

void Screen::restore_title() {
    if (std::exchange(title_set_, false)) ::fputs(old_title, stdout);
}

void Screen::write_title_and_bell() {
    std::string sequences;
    if (std::exchange(title_changed_, false)) {
        if (!std::exchange(title_set_, true)) sequences += keep_title;
        sequences += "\x1b]2;" + printable(title_) + "\a";
    }
    if (std::exchange(ring_, false) && features_.is_terminal) sequences += '\a';
    if (!sequences.empty() && !is_lost_) (void)write_all(sequences);
}

bool Screen::write_lines() {
    const Written outcome = is_lost_ ? Written::nobody_reads : write_all(to_show_);
    is_lost_ = outcome == Written::nobody_reads;
    to_show_.clear();
    return outcome == Written::all;
}

}  // namespace chat
