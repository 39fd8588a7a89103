// A short text as part of a row in shared memory.
#pragma once

#include <algorithm>
#include <cstddef>
#include <cstdint>
#include <cstring>
#include <string_view>

namespace chat {

// A short text in a row. What comes out of memory is never longer than its place.
template <std::size_t capacity>
struct RowText {
    std::uint8_t size;
    char text[capacity];

    [[nodiscard]] std::string_view view() const noexcept { return {text, std::min<std::size_t>(size, capacity)}; }
    // Cuts what is too long, but not within a character.
    void set(std::string_view value) noexcept {
        std::size_t length = std::min(value.size(), capacity);
        while (length < value.size() && length > 0 && (static_cast<unsigned char>(value[length]) & 0xc0U) == 0x80)
            --length;
        size = static_cast<std::uint8_t>(length);
        if (length > 0) std::memcpy(text, value.data(), length);
    }
};

}  // namespace chat
