// Bans, exceptions, keys, limits and moderation.
#include "chat-acceptor/acts/room_rules.h"

#include "shared/records/dialect_id.h"
#include "shared/records/message.h"
#include "shared/text/mask.h"

#include <algorithm>

namespace chat {
namespace {

// What masks are compared with.
struct Person {
    std::string source;
    std::string_view account;  // its name; empty: a guest
};

Person person_of(const Sessions& sessions, SlotId client) {
    const ClientRow& row = sessions.row(client.slot);
    return {source_for_masks(sessions, client), row.account != 0 ? row.name_view() : std::string_view()};
}

bool is_in(const Tables& tables, Room room, char list, const Person& person, bool with_mutes) {
    const auto is_meant = [&](const RoomEntry& entry) {
        std::string_view mask = entry.mask.view();
        const MaskPrefixes prefixes = take_mask_prefixes(mask);
        if (prefixes.mutes && !with_mutes) return false;
        if (prefixes.is_account) return !person.account.empty() && matches(mask, person.account);
        return matches(mask, person.source);
    };
    return tables.room_states.lists().find_if(room, list, is_meant) != nullptr;
}

// With `to_speak`, those who are only muted count as well.
bool is_banned(const Tables& tables, Room room, SlotId client, bool to_speak) {
    if (!tables.room_states.lists().has_bans(room)) return false;
    const Person person = person_of(tables.sessions, client);
    return is_in(tables, room, 'b', person, to_speak) && !is_in(tables, room, 'e', person, to_speak);
}

}  // namespace

std::string source_for_masks(const Sessions& sessions, SlotId client) {
    const ClientRow& row = sessions.row(client.slot);
    std::string source(row.name_view());
    if (dialect_id(row.dialect) != DialectId::irc)
        return source.append("!").append(std::to_string(row.client_id)).append("@native");
    const IrcRow& irc = sessions.irc_row(client.slot);
    return source.append("!~").append(irc.user.view()).append("@").append(irc.host.view());
}

bool is_shown_to(const Tables& tables, Room room, SlotId client) {
    return !tables.room_states.of(room).has(RoomMode::secret) || tables.rooms.is_member(client, room);
}

EntryObjection objection_to_entry(const Tables& tables, Room room, SlotId client, std::string_view key) {
    const RoomLists& lists = tables.room_states.lists();
    if (lists.is_invited(room, client)) return EntryObjection::none;
    if (is_banned(tables, room, client, false)) return EntryObjection::banned;
    const RoomState state = tables.room_states.of(room);
    if (state.has(RoomMode::invited_join) && !is_in(tables, room, 'I', person_of(tables.sessions, client), false))
        return EntryObjection::invited_only;
    if (!state.key.view().empty() && state.key.view() != key) return EntryObjection::other_key;
    if (state.limit != 0 && tables.rooms.members(room).size() >= state.limit) return EntryObjection::full;
    return EntryObjection::none;
}

SpeechObjection objection_to_speech(const Tables& tables, Room room, SlotId client, std::uint16_t form) {
    const bool is_member = tables.rooms.is_member(client, room);
    if (is_member && !tables.room_states.restricts_writing(room)) return SpeechObjection::none;
    const RoomState state = tables.room_states.of(room);
    if (!is_member && state.has(RoomMode::members_write)) return SpeechObjection::stranger;
    if (state.has(RoomMode::no_ctcp) && (form & message_form::ctcp) != 0) return SpeechObjection::no_ctcp;
    const RoomStanding standing = tables.rooms.standing(client, room);
    if (standing.is_operator || standing.has_voice) return SpeechObjection::none;
    if (state.has(RoomMode::voiced_write)) return SpeechObjection::moderated;
    return is_banned(tables, room, client, true) ? SpeechObjection::banned : SpeechObjection::none;
}

std::optional<Draft> refuse_entry(EntryObjection objection, std::string_view room) {
    const std::string name(room);
    switch (objection) {
        case EntryObjection::none:
            break;
        case EntryObjection::banned:
            return Draft::refusal(ErrorCode::banned, "You are banned from the room " + name);
        case EntryObjection::invited_only:
            return Draft::refusal(ErrorCode::not_invited, "The room " + name + " is only for those who are invited");
        case EntryObjection::other_key:
            return Draft::refusal(ErrorCode::forbidden,
                                  "The room " + name + " has a key; one of its operators can invite you");
        case EntryObjection::full:
            return Draft::refusal(ErrorCode::forbidden, "The room " + name + " is full");
    }
    return std::nullopt;
}

std::optional<Draft> refuse_speech(SpeechObjection objection, std::string_view room) {
    if (objection == SpeechObjection::none) return std::nullopt;
    const std::string name(room);
    switch (objection) {
        case SpeechObjection::none:
            break;
        case SpeechObjection::stranger:
            return Draft::refusal(ErrorCode::not_a_member, "You are not in the room " + name);
        case SpeechObjection::banned:
            return Draft::refusal(ErrorCode::banned, "You may not write in the room " + name);
        case SpeechObjection::moderated:
            return Draft::refusal(ErrorCode::forbidden,
                                  "Only its operators, and those whom they give voice, may write in the room " + name);
        case SpeechObjection::no_ctcp:
            return Draft::refusal(ErrorCode::forbidden, "The room " + name + " accepts no CTCP");
    }
    return std::nullopt;
}

}  // namespace chat
