// Which channels LIST shows: by name, members, age and topic (ELIST=CMNTU). Comparing only.
#pragma once

#include "shared/system/clock.h"

#include <cstddef>
#include <optional>
#include <span>
#include <string_view>

namespace chat::irc {

inline constexpr std::size_t max_list_conditions = 16;

struct ListedChannel {
    std::string_view name;  // with its `#`
    std::size_t members;
    Microseconds opened_at;
    std::optional<Microseconds> topic_at;  // empty: it has no topic
};
// `>N` `<N`: more or fewer members; `C>N` `C<N`: opened more or less than N minutes ago; `T>N` `T<N`: the same for its
// topic; `!MASK`: not of this name. All of them must hold, and any other word is a mask: one of these must match.
[[nodiscard]] bool is_listed(std::span<const std::string_view> conditions, const ListedChannel& channel,
                             Microseconds now) noexcept;

}  // namespace chat::irc
