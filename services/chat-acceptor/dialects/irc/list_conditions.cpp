// One condition after the other.
#include "chat-acceptor/dialects/irc/list_conditions.h"

#include "shared/text/line.h"
#include "shared/text/mask.h"
#include "shared/text/text_rules.h"

#include <cstdint>

namespace chat::irc {
namespace {

// Empty: the word is not a comparison.
struct Comparison {
    char of = 'U';
    bool is_greater = false;
    std::uint32_t value = 0;
};
std::optional<Comparison> comparison_in(std::string_view word) noexcept {
    Comparison comparison;
    if (const char letter = lower_case(word.front()); letter == 'c' || letter == 't') {
        comparison.of = letter == 'c' ? 'C' : 'T';
        word.remove_prefix(1);
    }
    if (!word.starts_with('<') && !word.starts_with('>')) return std::nullopt;
    const auto value = whole_number<std::uint32_t>(word.substr(1));
    if (!value) return std::nullopt;
    comparison.is_greater = word.front() == '>';
    comparison.value = *value;
    return comparison;
}

bool holds(const Comparison& comparison, Microseconds amount, Microseconds unit = 1) noexcept {
    const Microseconds limit = unit * comparison.value;
    return comparison.is_greater ? amount > limit : amount < limit;
}

bool holds(const Comparison& comparison, const ListedChannel& channel, Microseconds now) noexcept {
    constexpr Microseconds minute = 60'000'000;
    switch (comparison.of) {
        case 'C':
            return holds(comparison, now - channel.opened_at, minute);
        case 'T':
            return channel.topic_at && holds(comparison, now - *channel.topic_at, minute);
        default:
            return holds(comparison, static_cast<Microseconds>(channel.members));
    }
}

}  // namespace

bool is_listed(std::span<const std::string_view> conditions, const ListedChannel& channel, Microseconds now) noexcept {
    bool has_masks = false;
    bool is_named = false;
    for (const std::string_view word : conditions) {
        if (word.empty()) continue;
        if (const auto comparison = comparison_in(word)) {
            if (!holds(*comparison, channel, now)) return false;
        } else if (word.front() == '!') {
            if (matches(word.substr(1), channel.name)) return false;
        } else {
            has_masks = true;
            is_named = is_named || matches(word, channel.name);
        }
    }
    return is_named || !has_masks;
}

}  // namespace chat::irc
