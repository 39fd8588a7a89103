// Parses lines from the server: `KIND *(SP KEY=VALUE) [SP :TEXT]`. All that the client knows about the wire format is
// here.
#pragma once

#include <optional>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

namespace chat {

// One line from the server, with unchecked bytes: nothing here is safe to print to a terminal.
struct ServerLine {
    std::string kind;                                         // lower-case letters, digits and hyphens, never empty
    std::vector<std::pair<std::string, std::string>> fields;  // in the order sent, each key once, at most max_fields
    std::optional<std::string> text;                          // absent: the line had no `:`

    // The value of `key`, or nothing. The view is valid as long as this line.
    [[nodiscard]] std::optional<std::string_view> field(std::string_view key) const;
    // The same, but an empty string for an absent field.
    [[nodiscard]] std::string_view value(std::string_view key) const { return field(key).value_or(std::string_view{}); }
};

// Fields beyond this number are dropped; the text is still read.
inline constexpr std::size_t max_fields = 64;

// Parses one line, with or without its LF or CR LF. Unknown kinds and keys are kept; a token that is not KEY=VALUE is
// ignored, and the first of duplicate keys counts. Empty: the line does not start with a KIND.
[[nodiscard]] std::optional<ServerLine> parse_server_line(std::string_view line);

}  // namespace chat
