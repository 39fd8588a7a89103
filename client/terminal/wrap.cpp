// Breaks lines between words: see wrap.h.
#include "client/terminal/wrap.h"

#include "client/terminal/columns.h"

#include <sys/ioctl.h>
#include <unistd.h>

#include <algorithm>

namespace chat {

namespace {

constexpr std::string_view indent = "  ";
constexpr std::size_t least_width = 16;

// Bytes of the escape sequence at the beginning of `text`, or 0.
std::size_t escape_size(std::string_view text) {
    if (!text.starts_with("\x1b[")) return 0;
    const std::size_t end = text.find('m');
    return end == std::string_view::npos ? text.size() : end + 1;
}

// The columns of a word that begins at `column`.
std::size_t columns_of(std::string_view word, std::size_t column) {
    const std::size_t first = column;
    while (!word.empty()) {
        if (const std::size_t escape = escape_size(word)) {
            word.remove_prefix(escape);
        } else {
            column += take_columns(word, column);
        }
    }
    return column - first;
}

}  // namespace

std::string wrapped(std::string_view text, std::size_t width) {
    if (width < least_width) return std::string(text);
    std::string result;
    std::size_t column = 0;
    while (!text.empty()) {
        const std::size_t blanks = std::min(text.find_first_not_of(' '), text.size());
        if (blanks == text.size() && column + blanks > width) break;  // they would begin a row of their own
        const std::string_view rest = text.substr(blanks);
        const std::string_view word = rest.substr(0, rest.find(' '));
        const std::size_t columns = columns_of(word, column + blanks);
        const std::size_t columns_in_next_row = columns_of(word, indent.size());  // a TAB depends on where it is
        const bool fits = column + blanks + columns <= width;
        const bool fits_next_row = indent.size() + columns_in_next_row <= width && column > indent.size();
        if (!fits && (fits_next_row || column + blanks >= width)) {
            result += '\n';
            result += indent;
            column = indent.size() + columns_in_next_row;
        } else {
            result.append(blanks, ' ');
            column += blanks + columns;
        }
        result += word;
        if (column > width) column = (column - 1) % width + 1;
        text.remove_prefix(blanks + word.size());
    }
    return result;
}

std::size_t window_width() {
    winsize size{};
    return ::ioctl(STDOUT_FILENO, TIOCGWINSZ, &size) == 0 ? size.ws_col : 0;
}

}  // namespace chat
