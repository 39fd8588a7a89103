// What the operators of rooms may do, for clients and for the server's own operators.
#pragma once

#include "chat-acceptor/acts/perform.h"

#include <cstdint>
#include <optional>
#include <string_view>
#include <vector>

namespace chat {

// At most 23 bytes without spaces, commas and control characters.
[[nodiscard]] bool is_room_key(std::string_view key);
// In its complete form: see shared/text/mask.h.
[[nodiscard]] bool is_mask(std::string_view mask);
// Is there a place in the lists of the room, after so many more?
[[nodiscard]] bool has_place_for_mask(const ActContext& context, Room room, std::size_t more);

// The changes that make a difference, as a record to all members; empty if there are none. Or a refusal. The actor may
// do it.
[[nodiscard]] Draft change_modes(const ActContext& context, Room room, const std::vector<ModeRequest>& requests,
                                 std::optional<std::uint32_t> operator_uid = {});
[[nodiscard]] Draft set_topic(const ActContext& context, Room room, std::string_view text,
                              std::optional<std::uint32_t> operator_uid = {});

// A new operator for a room that lacks one: the member with an account who has been in it longest, or else the one who
// has been in it longest. Those who have not been announced come last. In a room that an earlier version opened nobody
// is notified: an upgrade goes unnoticed.
[[nodiscard]] Draft appoint_operator(const ActContext& context, Room room);

}  // namespace chat
