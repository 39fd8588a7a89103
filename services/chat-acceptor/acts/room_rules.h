// The rules that the operators of a room set by its modes and lists: who may enter, write and see it.
#pragma once

#include "chat-acceptor/acts/perform.h"

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>

namespace chat {

// `nick!user@host`, to which masks are compared. A native client is name!id@native.
[[nodiscard]] std::string source_for_masks(const Sessions& sessions, SlotId client);

// May a client see that the room is there?
[[nodiscard]] bool is_shown_to(const Tables& tables, Room room, SlotId client);

// Why a client may not enter a room. An invitation lets it in whatever the reason is.
enum class EntryObjection : std::uint8_t { none, banned, invited_only, other_key, full };
[[nodiscard]] EntryObjection objection_to_entry(const Tables& tables, Room room, SlotId client, std::string_view key);

// Why a client may not write to a room, in this form. Operators and those with voice may always.
enum class SpeechObjection : std::uint8_t { none, stranger, banned, moderated, no_ctcp };
[[nodiscard]] SpeechObjection objection_to_speech(const Tables& tables, Room room, SlotId client, std::uint16_t form);

// Enters a room. room.cpp; what `heeds_rules` leaves out are those of its operators.
[[nodiscard]] Draft enter_room(const act::JoinRoom& act, const ActContext& context, const Asker& asker,
                               bool heeds_rules);

// As refusals.
[[nodiscard]] std::optional<Draft> refuse_entry(EntryObjection objection, std::string_view room);
[[nodiscard]] std::optional<Draft> refuse_speech(SpeechObjection objection, std::string_view room);

}  // namespace chat
