// Lines from the server, taken apart: `KIND *(SP KEY=VALUE) [SP :TEXT]`. All that the client knows of the wire's
// spelling is here.
#pragma once

#include <optional>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

namespace chat {

// One line of the server. The bytes are the server's own: nothing here has been checked to be fit for a terminal.
struct ServerLine {
    std::string kind;                                         // lower-case letters, digits and hyphens, never empty
    std::vector<std::pair<std::string, std::string>> fields;  // in the order sent, each key once, at most max_fields
    std::optional<std::string> text;                          // absent: the line had no `:`

    // The value of `key`, or nothing. The view lives as long as this line.
    [[nodiscard]] std::optional<std::string_view> field(std::string_view key) const;
    // The same, with an absent field as the empty string.
    [[nodiscard]] std::string_view value(std::string_view key) const { return field(key).value_or(std::string_view{}); }
};

// A line with more fields than this loses the rest of them; its text is still read.
inline constexpr std::size_t max_fields = 64;

// Takes one line, with or without its LF or CR LF. Kinds and keys that nobody knows yet are kept; a token that is no
// KEY=VALUE is passed over, and of a key given twice the first counts. No answer: the line does not start with a KIND.
[[nodiscard]] std::optional<ServerLine> parse_server_line(std::string_view line);

}  // namespace chat
