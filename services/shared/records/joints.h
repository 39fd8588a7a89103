// Where the lines of a message were continued that an IRC client has sent as several (draft/multiline): they are passed
// on in the same pieces. It is stored in front of the message's tags, behind a mark that no tag of a client has.
#pragma once

#include <cstdint>
#include <span>
#include <string>
#include <string_view>
#include <vector>

namespace chat::records {

// `joints`: offsets into the text, in ascending order.
[[nodiscard]] std::string tags_with_joints(std::span<const std::uint16_t> joints, std::string_view tags);
// Those in a message's tags; what is not one is left out.
[[nodiscard]] std::vector<std::uint16_t> joints_in(std::string_view tags);

}  // namespace chat::records
