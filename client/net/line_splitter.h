// Bytes in, lines out, with a bound on the length of a line: for the socket, and for input that is not a terminal.
#pragma once

#include <cstddef>
#include <optional>
#include <string>
#include <string_view>

namespace chat {

class LineSplitter {
  public:
    struct Line {
        std::string text;       // without its LF or CR LF; empty if too_long
        bool too_long = false;  // the line was longer than allowed and has been skipped
    };

    // `longest` is in bytes, without the line's end.
    explicit LineSplitter(std::size_t longest) : longest_(longest) {}

    void add(std::string_view bytes);
    // The next whole line, or nothing until more bytes come.
    [[nodiscard]] std::optional<Line> next();
    // What has come of the line that is not whole yet, after next() returned nothing. Valid until the next call.
    [[nodiscard]] std::string_view unfinished() const noexcept { return std::string_view(buffer_).substr(begin_); }
    // At the end of the stream: what came after the last line end, if anything did.
    [[nodiscard]] std::optional<Line> last();

  private:
    [[nodiscard]] Line finish(std::string_view text);

    std::size_t longest_;
    std::string buffer_;
    std::size_t begin_ = 0;  // of the first line not returned yet
    std::size_t seen_ = 0;   // there is no LF before this position
    bool skipping_ = false;  // inside a line that is too long
};

}  // namespace chat
