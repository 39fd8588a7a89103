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

std::string completed_mask(std::string_view mask) {
    constexpr std::string_view mutes = "m:";
    const std::string prefix(mask.starts_with(mutes) ? mutes : std::string_view{});
    mask.remove_prefix(prefix.size());
    const auto is_part = [](char c) { return static_cast<unsigned char>(c) > ' ' && c != 0x7f; };
    if (mask.empty() || mask.front() == ':' || !std::all_of(mask.begin(), mask.end(), is_part)) return {};
    std::string whole(mask);
    const std::size_t at = whole.find('@');
    const std::size_t mark = whole.find('!');
    if (mark == std::string::npos && at != std::string::npos)
        whole.insert(0, "*!");
    else if (mark == std::string::npos)
        whole += "!*@*";
    else if (at == std::string::npos || at < mark)
        whole += "@*";
    whole.insert(0, prefix);
    return whole.size() <= max_mask_size ? whole : std::string();
}

}  // namespace chat
