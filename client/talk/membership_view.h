// What people see of rooms and groups: who is in, who comes and goes, and who asks to join.
#pragma once

#include "client/talk/directory.h"
#include "client/talk/wording.h"
#include "shared/text/protocol.h"

#include <ctime>
#include <optional>
#include <string>
#include <string_view>

namespace chat {

// The sentence for a line about a room or a group, without the server's name before it; nothing if the line is about
// something else or lacks what the sentence needs.
[[nodiscard]] std::optional<std::string> membership_sentence(const ServerLine& line, const Viewer& viewer,
                                                             std::time_t now, const Directory& known);

}  // namespace chat
