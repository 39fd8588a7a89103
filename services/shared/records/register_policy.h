// How names are registered: the setting accounts.register.
#pragma once

#include <array>
#include <cstddef>
#include <cstdint>
#include <string_view>

namespace chat {

// Stored in records: never renumber.
enum class RegisterPolicy : std::uint8_t { off, invite, open, by_operator };

inline constexpr std::array<std::string_view, 4> register_policy_words = {"off", "invite", "open", "operator"};

// "off" for an unknown number.
[[nodiscard]] constexpr std::string_view word_of(RegisterPolicy policy) noexcept {
    const auto number = static_cast<std::size_t>(policy);
    return register_policy_words[number < register_policy_words.size() ? number : 0];
}
// `off` for an unknown word.
[[nodiscard]] constexpr RegisterPolicy register_policy(std::string_view word) noexcept {
    for (std::size_t i = 0; i < register_policy_words.size(); ++i)
        if (register_policy_words[i] == word) return static_cast<RegisterPolicy>(i);
    return RegisterPolicy::off;
}

}  // namespace chat
