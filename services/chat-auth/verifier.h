// Verifiers of passwords: yescrypt through crypt(3), as in /etc/shadow. Computing one takes tens of milliseconds and
// 16 MiB at the usual cost: never on a thread that others wait for.
#pragma once

#include <string>
#include <string_view>

namespace chat {

inline constexpr unsigned long usual_cost = 5;  // crypt(5): 16 MiB

// Throws std::runtime_error if libcrypt cannot do it.
[[nodiscard]] std::string make_verifier(std::string_view secret, unsigned long cost);

// Does the secret belong to this verifier? False for a verifier that is malformed.
[[nodiscard]] bool fits_verifier(std::string_view secret, const std::string& verifier);

// The time does not depend on where they differ.
[[nodiscard]] bool are_equal(std::string_view a, std::string_view b) noexcept;

}  // namespace chat
