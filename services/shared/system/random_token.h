// Tokens that stand for a right: whoever knows one has it.
#pragma once

#include "shared/system/secret.h"

namespace chat {

// 128 random bits as 32 hexadecimal digits. Throws std::system_error.
[[nodiscard]] Secret random_token();

}  // namespace chat
