// Numbers drawn for names and ids, which are no secrets.
#pragma once

#include <cstdint>

namespace chat {

// From 0 on; `limit` is not 0.
[[nodiscard]] std::uint32_t random_below(std::uint32_t limit);

}  // namespace chat
