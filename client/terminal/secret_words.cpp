// Which words of a line are secret: see secret_words.h.
#include "client/terminal/secret_words.h"

#include "shared/text/line.h"
#include "shared/text/text_rules.h"

#include <algorithm>
#include <array>
#include <cstddef>
#include <optional>

namespace chat {

namespace {

// How many words after the command are not secret; nothing: none is.
std::optional<std::size_t> words_before_secret(const ClientLine& line) {
    const auto is = [&line](std::string_view name) { return equal_ignoring_case(line.command, name); };
    if (is("/login") || is("/nick") || is("/reset")) return 1;
    constexpr std::array all_secret = {"/register", "/password", "/pass", "/oper"};
    if (std::any_of(all_secret.begin(), all_secret.end(), is)) return 0;
    constexpr std::array writes = {"/send", "/msg", "/w", "/query"};
    const bool is_to_nickserv = std::any_of(writes.begin(), writes.end(), is) &&
                                equal_ignoring_case(split_first_word(line.text).word, "nickserv");
    return is_to_nickserv ? std::optional<std::size_t>(1) : std::nullopt;
}

}  // namespace

bool has_secret(std::string_view line) {
    const ClientLine parsed = parse_client_line(line);
    const auto shown = words_before_secret(parsed);
    return shown && words_of(parsed.text).size() > *shown;
}

std::string masked(std::string_view line) {
    if (!has_secret(line)) return std::string(line);
    const ClientLine parsed = parse_client_line(line);
    std::string result(line.substr(0, line.size() - parsed.text.size()));
    std::size_t shown = words_before_secret(parsed).value_or(0);
    for (const std::string_view word : words_of(parsed.text)) {
        if (result.back() != ' ') result += ' ';
        result += shown > 0 ? word : "***";
        shown -= shown > 0 ? 1 : 0;
    }
    return result;
}

}  // namespace chat
