// Random bytes from the kernel, for values that must be unguessable.
#pragma once

#include <cstddef>
#include <span>

namespace chat {

// At most 256 bytes. Throws std::system_error.
void fill_random(std::span<std::byte> bytes);

}  // namespace chat
