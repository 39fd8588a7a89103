// Which names a sent file may have. Server and client both check: a receiver trusts neither the sender nor the server.
#pragma once

#include <cstddef>
#include <string_view>

namespace chat {

inline constexpr std::size_t max_file_name_size = 255;  // bytes

// A base name of 1-255 bytes of clean text without TAB or `/`, that does not start with a dot (protocol section 6).
[[nodiscard]] bool is_file_name(std::string_view name) noexcept;

}  // namespace chat
