// Packs values back to back into the text of a record, as raw bytes, and unpacks them with bounds checks.
#pragma once

#include <cstddef>
#include <cstdint>
#include <cstring>
#include <string>
#include <string_view>
#include <type_traits>

namespace chat {

template <typename Value>
void pack_one(std::string& out, const Value& value) {
    static_assert(std::is_trivially_copyable_v<Value>);
    out.append(reinterpret_cast<const char*>(&value), sizeof value);
}
// A text of at most 255 bytes, preceded by its size.
inline void pack_one(std::string& out, std::string_view text) {
    pack_one(out, static_cast<std::uint8_t>(text.size()));
    out += text;
}
template <typename... Values>
void pack(std::string& out, const Values&... values) {
    (pack_one(out, values), ...);
}

// False: too few bytes are left.
template <typename Value>
[[nodiscard]] bool take_one(std::string_view& from, Value& value) noexcept {
    static_assert(std::is_trivially_copyable_v<Value>);
    if (from.size() < sizeof value) return false;
    std::memcpy(&value, from.data(), sizeof value);
    from.remove_prefix(sizeof value);
    return true;
}
// Memory may hold any byte, but a bool only 0 or 1.
[[nodiscard]] inline bool take_one(std::string_view& from, bool& value) noexcept {
    std::uint8_t byte = 0;
    if (!take_one(from, byte)) return false;
    value = byte != 0;
    return true;
}
[[nodiscard]] inline bool take_text(std::string_view& from, std::size_t size, std::string_view& text) noexcept {
    if (from.size() < size) return false;
    text = from.substr(0, size);
    from.remove_prefix(size);
    return true;
}
[[nodiscard]] inline bool take_one(std::string_view& from, std::string_view& text) noexcept {
    std::uint8_t size = 0;
    return take_one(from, size) && take_text(from, size, text);
}
template <typename... Values>
[[nodiscard]] bool take(std::string_view& from, Values&... values) noexcept {
    return (take_one(from, values) && ...);
}

}  // namespace chat
