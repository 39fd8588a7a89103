// What a client can ask for, in any dialect: one plain value per act. A dialect turns bytes into acts; perform() turns
// each act into one record. An act names people, rooms and groups as the client did, and is checked against the state
// only when it is performed.
//
// An act can be encoded as bytes and decoded again (encode_act, decode_act), so that it can be stored or sent
// elsewhere.
#pragma once

#include "chat-acceptor/acts/references.h"
#include "shared/memory/client_table.h"
#include "shared/memory/file_table.h"
#include "shared/system/clock.h"

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <tuple>
#include <variant>
#include <vector>

namespace chat {

// Views point into the line that the act was made from, or into the bytes it was decoded from. `number` is part of the
// encoding: never change or reuse one. `fields` lists all members in order.
namespace act {

// identity.cpp
struct Rename {
    static constexpr std::uint16_t number = 1;
    std::string_view name;
    auto fields() { return std::tie(name); }
};
struct ShowSelf {
    static constexpr std::uint16_t number = 2;
    auto fields() { return std::tie(); }
};
struct ListClients {
    static constexpr std::uint16_t number = 3;
    auto fields() { return std::tie(); }
};
struct Quit {
    static constexpr std::uint16_t number = 4;
    LeaveReason reason;  // quit or killed
    std::string_view words;
    auto fields() { return std::tie(reason, words); }
};
struct StayQuiet {
    static constexpr std::uint16_t number = 30;
    auto fields() { return std::tie(); }
};
struct GoAway {
    static constexpr std::uint16_t number = 77;
    std::string_view text;  // empty: it is back
    auto fields() { return std::tie(text); }
};

// message.cpp
// `form` of a message: message_form.
struct SendMessage {
    static constexpr std::uint16_t number = 5;
    ClientReference to;
    std::string_view text;
    std::uint16_t form = 0;
    bool may_be_self = false;  // else a client that writes to itself is refused
    auto fields() { return std::tie(to, text, form, may_be_self); }
};
// What the client does, in the third person. A word that is nobody's name may be that of a room.
struct SayAction {
    static constexpr std::uint16_t number = 78;
    FileTarget to;
    std::string_view text;
    auto fields() { return std::tie(to, text); }
};
// Takes a message back: the sender's own, or one of a room that it operates. A word that is a name may be that of a
// person, of an account, or of a room. deletion.cpp; it waits
struct DeleteMessage {
    static constexpr std::uint16_t number = 90;
    FileTarget place;
    std::uint64_t id;
    std::string_view reason;  // may be empty
    auto fields() { return std::tie(place, id, reason); }
};
struct Broadcast {
    static constexpr std::uint16_t number = 6;
    std::string_view text;
    auto fields() { return std::tie(text); }
};

// room.cpp
struct JoinRoom {
    static constexpr std::uint16_t number = 7;
    std::string_view room;
    std::string_view key = {};  // native clients have none
    auto fields() { return std::tie(room, key); }
};
struct LeaveRoom {
    static constexpr std::uint16_t number = 8;
    std::string_view room;
    std::string_view words = {};  // may be empty
    auto fields() { return std::tie(room, words); }
};
struct SayInRoom {
    static constexpr std::uint16_t number = 9;
    std::string_view room;
    std::string_view text;
    std::uint16_t form = 0;
    auto fields() { return std::tie(room, text, form); }
};
// To some of its members.
struct SayToStanding {
    static constexpr std::uint16_t number = 75;
    std::string_view room;
    bool only_operators;  // otherwise also those with voice
    std::string_view text;
    std::uint16_t form = 0;
    auto fields() { return std::tie(room, only_operators, text, form); }
};
struct SayInLobby {
    static constexpr std::uint16_t number = 10;
    std::string_view text;
    auto fields() { return std::tie(text); }
};
struct ListRooms {
    static constexpr std::uint16_t number = 11;
    auto fields() { return std::tie(); }
};
struct ListMembers {
    static constexpr std::uint16_t number = 12;
    std::string_view room;
    auto fields() { return std::tie(room); }
};

// room_rights.cpp
struct SetTopic {
    static constexpr std::uint16_t number = 70;
    std::string_view room;
    std::string_view text;  // empty: there is none from now on
    auto fields() { return std::tie(room, text); }
};
struct ShowTopic {
    static constexpr std::uint16_t number = 71;
    std::string_view room;
    auto fields() { return std::tie(room); }
};
struct KickFromRoom {
    static constexpr std::uint16_t number = 72;
    std::string_view room;
    ClientReference client;
    std::string_view reason;  // may be empty
    auto fields() { return std::tie(room, client, reason); }
};
struct ChangeModes {
    static constexpr std::uint16_t number = 73;
    std::string_view room;
    std::vector<ModeRequest> requests;
    auto fields() { return std::tie(room, requests); }
};
struct InviteToRoom {
    static constexpr std::uint16_t number = 74;
    std::string_view room;
    ClientReference client;
    auto fields() { return std::tie(room, client); }
};

// group.cpp
struct MakeGroup {
    static constexpr std::uint16_t number = 13;
    bool invites;  // the others are invited; otherwise they become members at once
    std::vector<ClientReference> others;
    auto fields() { return std::tie(invites, others); }
};
struct JoinGroup {
    static constexpr std::uint16_t number = 14;
    GroupReference group;
    auto fields() { return std::tie(group); }
};
struct DeclineGroup {
    static constexpr std::uint16_t number = 15;
    GroupReference group;
    auto fields() { return std::tie(group); }
};
struct AnswerRequest {
    static constexpr std::uint16_t number = 16;
    GroupReference group;
    ClientReference client;
    bool approved;
    auto fields() { return std::tie(group, client, approved); }
};
struct LeaveGroup {
    static constexpr std::uint16_t number = 17;
    GroupReference group;
    auto fields() { return std::tie(group); }
};
struct SayInGroup {
    static constexpr std::uint16_t number = 18;
    GroupReference group;
    std::string_view text;
    std::uint16_t form = 0;
    auto fields() { return std::tie(group, text, form); }
};
struct ListGroups {
    static constexpr std::uint16_t number = 19;
    bool all;  // otherwise only those that the client is a member of
    auto fields() { return std::tie(all); }
};

// file.cpp
struct OfferFile {
    static constexpr std::uint16_t number = 20;
    FileTarget to;
    std::optional<std::uint64_t> size;  // bytes; empty: what was given is not a number
    std::optional<Sha256Sum> sha256;    // empty: what was given is not a sum
    std::string_view name;
    auto fields() { return std::tie(to, size, sha256, name); }
};

// service.cpp
struct Calculate {
    static constexpr std::uint16_t number = 21;
    std::string_view expression;
    auto fields() { return std::tie(expression); }
};
struct Echo {
    static constexpr std::uint16_t number = 22;
    std::string_view text;
    auto fields() { return std::tie(text); }
};
struct ShowDate {
    static constexpr std::uint16_t number = 23;
    auto fields() { return std::tie(); }
};
struct ShowTime {
    static constexpr std::uint16_t number = 24;
    auto fields() { return std::tie(); }
};

// account.cpp; all of them wait, except LogOut
struct LogIn {
    static constexpr std::uint16_t number = 25;
    std::string_view name;
    std::string_view secret;
    auto fields() { return std::tie(name, secret); }
};
struct RegisterName {
    static constexpr std::uint16_t number = 26;
    std::string_view secret;
    std::string_view token;      // may be empty
    std::string_view name = {};  // of a client that has none yet; empty: the one that it has
    auto fields() { return std::tie(secret, token, name); }
};
struct ChangePassword {
    static constexpr std::uint16_t number = 27;
    std::string_view secret;
    std::string_view new_secret;
    auto fields() { return std::tie(secret, new_secret); }
};
struct ResetPassword {
    static constexpr std::uint16_t number = 28;
    std::string_view name;
    std::string_view token;
    std::string_view new_secret;
    auto fields() { return std::tie(name, token, new_secret); }
};
struct ChangeCertificate {
    static constexpr std::uint16_t number = 31;
    std::optional<bool> adds;  // otherwise it removes; empty: it was asked for neither
    auto fields() { return std::tie(adds); }
};
struct LogOut {
    static constexpr std::uint16_t number = 29;
    auto fields() { return std::tie(); }
};

// history.cpp; it waits
struct ShowHistory {
    static constexpr std::uint16_t number = 40;
    enum class Select : std::uint8_t {
        newest,
        before,   // the newest ones with a lower id than `first`
        after,    // the oldest ones with a higher id
        around,   // this one and its neighbours
        between,  // from `first` to `second`, the oldest ones
        since,    // the oldest ones from this time on, in microseconds
        latest,   // from `first` to `second`, the newest ones
    };
    std::string_view place;
    bool is_room;         // otherwise an account of that name comes first
    std::uint64_t limit;  // rows; 0: as many as usual
    Select select;
    std::uint64_t first;
    std::uint64_t second;
    // Only those from the one time on and before the other, for between and latest; 0: no such condition. With around,
    // `from` is the time around which they are, in place of `first`.
    Microseconds from = 0;
    Microseconds until = 0;
    std::uint64_t bytes = 0;    // of the page's lines; 0: what fits into one record
    bool has_topics = false;    // each is a row
    bool may_be_guest = false;  // a word that is not an account means a guest, not a room
    auto fields() {
        return std::tie(place, is_room, limit, select, first, second, from, until, bytes, has_topics, may_be_guest);
    }
};

// seen.cpp; ListUnread waits
struct MarkSeen {
    static constexpr std::uint16_t number = 60;
    std::string_view place;
    bool is_room;  // otherwise an account of that name comes first
    std::uint64_t id;
    // Everything up to this time; 0: up to `id`. Guests have only a time, also for conversations with guests.
    Microseconds at = 0;
    auto fields() { return std::tie(place, is_room, id, at); }
};
struct ListUnread {
    static constexpr std::uint16_t number = 61;
    auto fields() { return std::tie(); }
};

// account.cpp; waits. Ends the login of a client that has proven before its registration that it owns the account, and
// now has its name. Only from a dialect that has the proof in the client's row.
struct UseAccount {
    static constexpr std::uint16_t number = 76;
    std::string_view name;
    std::uint32_t account;
    Microseconds since;    // time of the account's registration
    std::uint32_t failed;  // wrong secrets since the last login
    auto fields() { return std::tie(name, account, since, failed); }
};

#ifdef CHAT_CRASH_POINTS
// For tests: it waits for an answer. waiting.cpp
struct Wait {
    static constexpr std::uint16_t number = 0x8000;
    std::string_view words;
    auto fields() { return std::tie(words); }
};
#endif

}  // namespace act

using Act =
    std::variant<act::Rename, act::ShowSelf, act::ListClients, act::Quit, act::SendMessage, act::Broadcast,
                 act::JoinRoom, act::LeaveRoom, act::SayInRoom, act::SayInLobby, act::ListRooms, act::ListMembers,
                 act::MakeGroup, act::JoinGroup, act::DeclineGroup, act::AnswerRequest, act::LeaveGroup,
                 act::SayInGroup, act::ListGroups, act::OfferFile, act::Calculate, act::Echo, act::ShowDate,
                 act::ShowTime, act::LogIn, act::RegisterName, act::ChangePassword, act::ResetPassword, act::LogOut,
                 act::StayQuiet, act::ChangeCertificate, act::ShowHistory, act::MarkSeen, act::ListUnread,
                 act::UseAccount, act::SetTopic, act::ShowTopic, act::KickFromRoom, act::ChangeModes, act::InviteToRoom,
                 act::SayToStanding, act::GoAway, act::SayAction, act::DeleteMessage
#ifdef CHAT_CRASH_POINTS
                 ,
                 act::Wait
#endif
                 >;

// The act's number followed by its fields.
[[nodiscard]] std::string encode_act(Act act);
// Empty if the bytes are not exactly one act that this program knows.
[[nodiscard]] std::optional<Act> decode_act(std::string_view bytes);

}  // namespace chat
