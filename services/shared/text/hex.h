// Bytes as hexadecimal digits, the form of hashes and tickets on the wire.
#pragma once

#include <array>
#include <cstddef>
#include <cstdint>
#include <optional>
#include <string>
#include <string_view>

namespace chat {

// In lower case.
void append_hex(std::string& out, const std::uint8_t* bytes, std::size_t size);
template <std::size_t Size>
[[nodiscard]] std::string hex_of(const std::array<std::uint8_t, Size>& bytes) {
    std::string out;
    append_hex(out, bytes.data(), bytes.size());
    return out;
}
[[nodiscard]] bool read_hex(std::string_view text, std::uint8_t* bytes, std::size_t size) noexcept;
// Exactly two digits per byte, in either case.
template <typename Bytes>
[[nodiscard]] std::optional<Bytes> read_hex(std::string_view text) noexcept {
    Bytes bytes{};
    return read_hex(text, bytes.data(), bytes.size()) ? std::optional(bytes) : std::nullopt;
}

}  // namespace chat
