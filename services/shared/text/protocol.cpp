// Parsing of server lines: see protocol.h.
#include "shared/text/protocol.h"

#include <algorithm>

namespace chat {

namespace {

bool is_lower_letter(char c) {
    return c >= 'a' && c <= 'z';
}

bool is_word(std::string_view word) {
    return !word.empty() && is_lower_letter(word.front()) && std::all_of(word.begin(), word.end(), [](char c) {
        return is_lower_letter(c) || (c >= '0' && c <= '9') || c == '-' || c == '_';
    });
}

std::string_view without_line_end(std::string_view line) {
    if (line.ends_with('\n')) line.remove_suffix(1);
    if (line.ends_with('\r')) line.remove_suffix(1);
    return line;
}

// Removes the text up to the next space from the front of `rest`, with the space.
std::string_view take_token(std::string_view& rest) {
    const std::size_t space = rest.find(' ');
    const std::string_view token = rest.substr(0, space);
    rest.remove_prefix(space == std::string_view::npos ? rest.size() : space + 1);
    return token;
}

void add_field(ServerLine& line, std::string_view token) {
    const std::size_t equals = token.find('=');
    if (equals == std::string_view::npos || line.fields.size() == max_fields) return;
    const std::string_view key = token.substr(0, equals);
    if (!is_word(key) || line.field(key)) return;
    line.fields.emplace_back(key, token.substr(equals + 1));
}

}  // namespace

std::optional<std::string_view> ServerLine::field(std::string_view key) const {
    const auto found =
        std::find_if(fields.begin(), fields.end(), [key](const auto& field) { return field.first == key; });
    if (found == fields.end()) return std::nullopt;
    return found->second;
}

std::optional<ServerLine> parse_server_line(std::string_view line) {
    std::string_view rest = without_line_end(line);
    const std::string_view kind = take_token(rest);
    if (!is_word(kind)) return std::nullopt;

    ServerLine parsed;
    parsed.kind = kind;
    while (!rest.empty()) {
        if (rest.front() == ':') {
            parsed.text = rest.substr(1);
            break;
        }
        add_field(parsed, take_token(rest));
    }
    return parsed;
}

}  // namespace chat
