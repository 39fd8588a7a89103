// Parsing of client lines.
#include "shared/text/line.h"

#include "shared/text/text_rules.h"

namespace chat {

std::string_view find_tag(std::string_view line) noexcept {
    if (line.empty() || line.front() != '@') return {};
    const std::size_t space = line.find(' ');
    if (space == std::string_view::npos) return {};
    const std::string_view command = line.substr(space + 1);
    if (!command.starts_with('/') || command.starts_with("//")) return {};  // `//text` is not a command but a text
    const std::string_view tag = line.substr(1, space - 1);
    return is_tag(tag) ? tag : std::string_view{};
}

FirstWord split_first_word(std::string_view text) noexcept {
    const std::size_t space = text.find(' ');
    if (space == std::string_view::npos) return {text, {}};
    return {text.substr(0, space), text.substr(space + 1)};
}

std::vector<std::string_view> words_of(std::string_view text) {
    std::vector<std::string_view> words;
    while (!text.empty()) {
        const auto [word, rest] = split_first_word(text);
        if (!word.empty()) words.push_back(word);
        text = rest;
    }
    return words;
}

ClientLine parse_client_line(std::string_view line) noexcept {
    ClientLine parsed;
    parsed.tag = find_tag(line);
    if (!parsed.tag.empty()) line.remove_prefix(parsed.tag.size() + 2);
    if (line.starts_with("//")) {
        parsed.text = line.substr(1);
    } else if (line.starts_with('/')) {
        const auto [word, rest] = split_first_word(line);
        parsed.command = word;
        parsed.text = rest;
    } else if (equal_ignoring_case(line, "exit") || equal_ignoring_case(line, "quit")) {
        parsed.command = "/quit";
    } else {
        parsed.text = line;
    }
    return parsed;
}

}  // namespace chat
