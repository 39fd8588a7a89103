// Files with a secret in them: nobody else may be able to read them.
#pragma once

#include "shared/system/unique_fd.h"

#include <cstddef>
#include <string>

namespace chat {

// Opens a file for reading; throws std::runtime_error, one line for people, if it cannot, or if others can read the
// file. A pipe, such as <(pass show chat), has no readers but us.
[[nodiscard]] UniqueFd open_private_file(const std::string& path);
// All of it. Throws as above, and if it has more than `most` bytes.
[[nodiscard]] std::string read_private_file(const std::string& path, std::size_t most);

}  // namespace chat
