// Splitting.
#include "chat-acceptor/dialects/irc/irc_line.h"

#include "shared/text/text_rules.h"

#include <algorithm>
#include <optional>
#include <string>

namespace chat::irc {
namespace {

// Bold, colour, hexadecimal colour, reset, monospace, reverse, italics, strikethrough and underline.
constexpr std::string_view formatting_codes = "\x02\x03\x04\x0f\x11\x16\x1d\x1e\x1f";

void skip_spaces(std::string_view& text) noexcept {
    text.remove_prefix(std::min(text.find_first_not_of(' '), text.size()));
}

bool continues_character(char c) noexcept {
    return (static_cast<unsigned char>(c) & 0xc0U) == 0x80;
}

std::string_view take_word(std::string_view& text) noexcept {
    const std::string_view word = text.substr(0, text.find(' '));
    text.remove_prefix(word.size());
    skip_spaces(text);
    return word;
}

// The last one of that name.
std::optional<std::string_view> find_tag(std::string_view tags, std::string_view name) noexcept {
    std::optional<std::string_view> value;
    while (!tags.empty()) {
        const std::string_view tag = tags.substr(0, tags.find(';'));
        tags.remove_prefix(std::min(tag.size() + 1, tags.size()));
        const std::size_t equals = std::min(tag.find('='), tag.size());
        if (tag.substr(0, equals) == name) value = tag.substr(std::min(equals + 1, tag.size()));
    }
    return value;
}

}  // namespace

Line parse_line(std::string_view line) {
    Line parsed;
    if (line.starts_with('@')) {
        const std::size_t whole = line.size();
        parsed.tags = take_word(line).substr(1);
        parsed.is_too_long = whole - line.size() > max_tags;
    }
    parsed.is_too_long = parsed.is_too_long || line.size() > max_body;
    skip_spaces(line);
    if (line.starts_with(':')) (void)take_word(line);  // a client has no other source than itself
    parsed.command = take_word(line);
    while (!line.empty()) {
        if (line.front() == ':') {
            parsed.params.add(line.substr(1));
            return parsed;
        }
        if (parsed.params.size() + 1 == Params::most) {
            parsed.params.add(line);
            return parsed;
        }
        parsed.params.add(take_word(line));
    }
    return parsed;
}

std::string_view tag_value(std::string_view tags, std::string_view name) noexcept {
    return find_tag(tags, name).value_or(std::string_view{});
}

bool has_tag(std::string_view tags, std::string_view name) noexcept {
    return find_tag(tags, name).has_value();
}

bool has_client_tags(std::string_view tags) noexcept {
    return tags.starts_with('+') || tags.find(";+") != std::string_view::npos;
}

std::string_view beginning_of(std::string_view text, std::size_t most) noexcept {
    if (text.size() <= most) return text;
    std::size_t size = most;
    while (size > 0 && continues_character(text[size])) --size;
    return text.substr(0, size);
}

std::string_view first_character(std::string_view text) noexcept {
    std::size_t size = std::min<std::size_t>(1, text.size());
    while (size < text.size() && continues_character(text[size])) ++size;
    return text.substr(0, size);
}

std::vector<std::string_view> split_list(std::string_view list) {
    std::vector<std::string_view> items;
    while (!list.empty()) {
        const std::string_view item = list.substr(0, list.find(','));
        list.remove_prefix(std::min(item.size() + 1, list.size()));
        if (!item.empty()) items.push_back(item);
    }
    return items;
}

bool is_irc_text(std::string_view text) {
    if (is_clean_text(text)) return true;  // without any code, as most lines are
    std::string plain(text);
    const auto is_code = [](char c) { return c == ctcp_mark || formatting_codes.find(c) != std::string_view::npos; };
    std::replace_if(plain.begin(), plain.end(), is_code, ' ');  // a code within a character breaks it
    return is_clean_text(plain);
}

}  // namespace chat::irc
