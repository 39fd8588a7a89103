// Matching and completing masks.
#include "shared/text/mask.h"

#include "shared/text/text_rules.h"

#include <algorithm>

namespace chat {

bool matches(std::string_view pattern, std::string_view text) noexcept {
    std::size_t at = 0;
    std::size_t in_text = 0;
    std::size_t star = std::string_view::npos;  // the last one, and where what it stands for ends
    std::size_t star_end = 0;
    while (in_text < text.size()) {
        if (at < pattern.size() && pattern[at] == '*') {
            star = at++;
            star_end = in_text;
        } else if (at < pattern.size() &&
                   (pattern[at] == '?' || lower_case(pattern[at]) == lower_case(text[in_text]))) {
            ++at;
            ++in_text;
        } else if (star != std::string_view::npos) {
            at = star + 1;
            in_text = ++star_end;
        } else {
            return false;
        }
    }
    return pattern.find_first_not_of('*', at) == std::string_view::npos;
}

MaskPrefixes take_mask_prefixes(std::string_view& mask) noexcept {
    const auto take = [&mask](std::string_view prefix) {
        if (!mask.starts_with(prefix)) return false;
        mask.remove_prefix(prefix.size());
        return true;
    };
    const bool mutes = take("m:");
    return {mutes, take("a:")};
}

std::string completed_mask(std::string_view mask) {
    const std::string_view given = mask;
    const bool is_account = take_mask_prefixes(mask).is_account;
    const std::string_view prefix = given.substr(0, given.size() - mask.size());
    const auto is_part = [](char c) { return static_cast<unsigned char>(c) > ' ' && c != 0x7f; };
    if (mask.empty() || mask.front() == ':' || !std::all_of(mask.begin(), mask.end(), is_part)) return {};
    std::string whole(mask);
    const std::size_t at = whole.find('@');
    const std::size_t mark = whole.find('!');
    if (is_account) {
        if (at != std::string::npos || mark != std::string::npos) return {};
    } else if (mark == std::string::npos && at != std::string::npos) {
        whole.insert(0, "*!");
    } else if (mark == std::string::npos) {
        whole += "!*@*";
    } else if (at == std::string::npos || at < mark) {
        whole += "@*";
    }
    whole.insert(0, prefix);
    return whole.size() <= max_mask_size ? whole : std::string();
}

}  // namespace chat
