// Ascending ids packed into a blob: the ids after the first, each as its distance from the one before it, 7 bits a
// byte, the lowest first, with 128 added to all bytes of a distance but the last.
#pragma once

#include <cstdint>
#include <span>
#include <string>
#include <string_view>
#include <vector>

namespace chat {

[[nodiscard]] std::string pack_ids(std::span<const std::uint64_t> ids);
// Damaged bytes make wrong ids, and nothing worse.
[[nodiscard]] std::vector<std::uint64_t> unpack_ids(std::uint64_t first, std::string_view distances);

}  // namespace chat
