// The dialects that clients may speak, as stored in a client's row and its first record.
#pragma once

#include <cstddef>
#include <cstdint>

namespace chat {

// Stored in memory that outlives the program: add at the end, never renumber.
enum class DialectId : std::uint8_t {
    line,  // the protocol of docs/protocol.md
    irc,
};
inline constexpr std::size_t dialect_count = 2;

// The dialect for a number from memory; the first one if the number is unknown.
[[nodiscard]] constexpr DialectId dialect_id(std::uint8_t number) noexcept {
    return number < dialect_count ? static_cast<DialectId>(number) : DialectId::line;
}

}  // namespace chat
