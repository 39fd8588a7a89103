// Masks of clients, as IRC has them: `nick!user@host` with * for any characters and ? for one.
#pragma once

#include <cstddef>
#include <string>
#include <string_view>

namespace chat {

inline constexpr std::size_t max_mask_size = 95;  // bytes

// Does the pattern match all of the text? Ignores the case of ASCII letters. Linear in practice, quadratic at worst.
[[nodiscard]] bool matches(std::string_view pattern, std::string_view text) noexcept;

// What stands before a mask: it only mutes; it is compared with the name of an account, not with nick!user@host.
struct MaskPrefixes {
    bool mutes = false;       // `m:`
    bool is_account = false;  // `a:`, after `m:` if there are both
};
// Takes them off the mask.
[[nodiscard]] MaskPrefixes take_mask_prefixes(std::string_view& mask) noexcept;

// Completes a mask: `Joker` is `Joker!*@*`, `*@host` is `*!*@host`. Prefixes stay, and the name of an account is
// complete. Empty if it cannot be a mask: it is empty, too long, or has spaces or control characters.
[[nodiscard]] std::string completed_mask(std::string_view mask);

}  // namespace chat
