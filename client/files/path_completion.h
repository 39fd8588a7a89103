// What Tab makes of a path.
#pragma once

#include <string>
#include <string_view>
#include <vector>

namespace chat {

// The paths that begin with `path`, in order, ignoring case; ~/ is the home directory, a directory ends with a slash.
// Left out are hidden ones unless their dot is typed, and those whose names cannot stand in a line.
[[nodiscard]] std::vector<std::string> paths_that_begin_with(std::string_view path);

}  // namespace chat
