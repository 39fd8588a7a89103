// The dialects that clients may speak, as a client's row and its first record name them.
#pragma once

#include <cstddef>
#include <cstdint>

namespace chat {

// Kept in memory that outlives a program: add at the end, never renumber.
enum class DialectId : std::uint8_t {
    line,  // the protocol of docs/protocol.md
};
inline constexpr std::size_t dialect_count = 1;

// The dialect that a number from memory stands for; the first one where it stands for none.
[[nodiscard]] constexpr DialectId dialect_id(std::uint8_t number) noexcept {
    return number < dialect_count ? static_cast<DialectId>(number) : DialectId::line;
}

}  // namespace chat
