// Paths as people write them.
#pragma once

#include <cstdlib>
#include <string>
#include <string_view>

namespace chat {

// `path`, where it begins with ~/ below the home directory that the environment names.
[[nodiscard]] inline std::string with_home(std::string_view path) {
    const char* home = std::getenv("HOME");
    return path.starts_with("~/") && home != nullptr ? home + std::string(path.substr(1)) : std::string(path);
}

}  // namespace chat
