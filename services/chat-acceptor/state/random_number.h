// Random numbers for names and ids, which are not secret.
#pragma once

#include <cstdint>

namespace chat {

// From 0 to `limit` - 1; `limit` is not 0.
[[nodiscard]] std::uint32_t random_below(std::uint32_t limit);

}  // namespace chat
