// What a person reads after a command that the server answers with `ok` alone.
#pragma once

#include "client/talk/directory.h"

#include <string>
#include <string_view>

namespace chat {

// One line for the person who typed this command, which the server has accepted; empty: what it did is seen anyway.
[[nodiscard]] std::string confirmation_of(std::string_view typed, const Directory& known);

}  // namespace chat
