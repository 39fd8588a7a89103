// Masks of clients, as IRC has them: `nick!user@host` with * for any characters and ? for one.
#pragma once

#include <cstddef>
#include <string>
#include <string_view>

namespace chat {

inline constexpr std::size_t max_mask_size = 95;  // bytes

// Does the pattern match all of the text? Ignores the case of ASCII letters. Linear in practice, quadratic at worst.
[[nodiscard]] bool matches(std::string_view pattern, std::string_view text) noexcept;

// Completes a mask: `Joker` is `Joker!*@*`, `*@host` is `*!*@host`. A prefix such as `m:` stays. Empty if it cannot be
// a mask: it is empty, too long, or has spaces or control characters.
[[nodiscard]] std::string completed_mask(std::string_view mask);

}  // namespace chat
