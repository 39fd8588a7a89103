// What crosses the queue from chat-acceptor to chat-delivery: one record a command or event, with everything that
// delivery and the log need to know of it. The shape is the same for every kind; what a field means for a kind is said
// at the kind. Records from memory are checked before use: decode() refuses what does not add up.
#pragma once

#include "shared/client_table.h"
#include "shared/clock.h"
#include "shared/queue.h"

#include <cstddef>
#include <cstdint>
#include <optional>
#include <span>
#include <string>
#include <string_view>
#include <vector>

namespace chat {

// `receivers` lists those who hear of it beside the sender, whom the list may hold all the same: its own lines come
// last. Values are kept in memory that outlives a program: add at the end, never renumber.
enum class RecordKind : std::uint16_t {
    padding = padding_kind,
    connected,  // a new client. text = its peer and the rooms it is in from the start beside the lobby, separated by
                // spaces; value = cookie of its socket, number = max_clients, scope = DialectId
    online,     // it is announced. number = clients after the event
    renamed,    // name = the new one, target = the old one
    departed,   // scope = LeaveReason, text = word after /quit or of the operator, number = clients after the event,
                // value = user id of the operator, flags
    closed,     // the outbox of a departed client will not shrink any more: tell what it never got
    message,    // scope = MessageScope, text, number = clients it is for; target… as the scope has it; flags
    clients,    // answer: rows of clients in text; flag is_list with the closing line, target = its word
    help,       // answer: rows of help in text, and the closing line
    echo,       // answer: text
    date,       // answer: at
    time,       // answer: at
    error,      // answer: number = ErrorCode, text
    note,       // for the log alone: scope = NoteKind, text = detail
    result,     // answer of the calculator: text = the expression, target = its value
    joined,     // target = the room, number = members after the event; no receivers where it was in already
    left,       // the same for a room that it is not in any more
    rooms,      // answer: rows of rooms in text, and the closing line
    // An operator's line to everyone: text, number = clients it is for, value = user id of the operator.
    announcement,
    // About groups: value = number of the group. Where an admin answers, `receivers` begins with the one it answers,
    // whose id and name are target_id and target.
    group_made,      // scope = Standing of the receivers in it, text = ids of its members, separated by commas
    group_joined,    // an invited client has become a member. number = members after the event
    group_asked,     // the sender asks to become one; the receiver is the admin
    group_declined,  // an invited client will not; the receiver is the admin
    group_approved,  // one who asked is a member now. number = members after the event
    group_rejected,  // one who asked will not be a member
    group_left,      // number = members after the event
    group_admin,     // the sender is the admin from now on
    groups,          // answer: rows of groups in text, and the closing line; target = its word

    // Files, see file_record.h. Target and scope are those of a message.
    upload_offered,  // answer to /sendfile. value = size, number = data port, text = UploadInfo
    file_offered,    // the file is stored. value = size, number = data port, text = FileInfo and TicketInfo…
    ticket_ended,    // one receiver is done with it. scope = FileEnd, text = FileEndInfo
    file_ended,      // nobody waits for it any more. scope = FileEnd, text = FileEndInfo

    // An operator wants the texts of a person removed from the log. target = name or id as the operator gave it,
    // target_session = the one session that is meant, 0 = all that the log finds; value = user id of the operator.
    forget,
};
// The highest kind that this program knows. New ones go to the end.
inline constexpr RecordKind last_record_kind = RecordKind::forget;

[[nodiscard]] constexpr bool is_about_file(RecordKind kind) noexcept {
    return kind >= RecordKind::upload_offered && kind <= RecordKind::file_ended;
}

enum class MessageScope : std::uint8_t {
    direct,     // target_id, target_session, target = id, session and name of the receiver
    room,       // target = name of the room
    group,      // target = number of the group
    broadcast,  // to everyone
};
[[nodiscard]] std::string_view word_of(MessageScope scope) noexcept;

// Rows of the event table; the words are in schema.sql.
enum class NoteKind : std::uint8_t { refused, too_fast };

// How a file ended, for one receiver or as a whole; the words are in schema.sql.
enum class FileEnd : std::uint8_t {
    delivered,  // one: received; all: it was offered, and nobody is waited for any more
    gone,       // one: left without it; all: there was nobody to offer it to
    lapsed,     // its ticket did
    expired,    // one: it was kept for as long as files are kept; all: it cannot go to so many receivers
    bad_hash,   // uploads: what came is not what was promised
    bad_size,
    no_space,
    sender_gone,
};

namespace record_flag {
inline constexpr std::uint16_t discarded = 1;  // message: the receiver was gone already; the sender gets `undelivered`
inline constexpr std::uint16_t is_list = 2;    // clients: more than the asker itself
inline constexpr std::uint16_t broken = 4;     // departed: nothing can be written to it any more
inline constexpr std::uint16_t says_bye = 8;   // departed: by a command, which is answered
inline constexpr std::uint16_t noted = 16;     // error: also a row of the event table
// joined, left: an operator did it, whose user id is in `value`; also a row of the event table
inline constexpr std::uint16_t by_operator = 32;
}  // namespace record_flag

// Views are into the ring, or into whatever the record is made from.
struct Record {
    RecordKind kind = RecordKind::padding;
    std::uint16_t flags = 0;
    std::uint64_t sequence = 0;  // number of the record = message id
    Microseconds at = 0;
    std::uint64_t sender_state = 0;  // the sender's Slot::parsed after this record; 0 = unchanged
    SlotId sender;
    std::uint32_t sender_id = 0;
    std::uint64_t session = 0;  // of the sender; 0 = there is none
    std::uint32_t target_id = 0;
    std::uint64_t target_session = 0;
    std::uint64_t value = 0;
    std::uint32_t number = 0;
    std::uint8_t scope = 0;
    std::string_view name;  // of the sender
    std::string_view tag;   // of the command; empty = it had none
    std::string_view target;
    std::string_view text;
    std::span<const SlotId> receivers;

    [[nodiscard]] bool has(std::uint16_t flag) const noexcept { return (flags & flag) != 0; }
    // Is it what a line from a client led to, and did that line do what it asked for?
    [[nodiscard]] bool is_success() const noexcept {
        return sender_state != 0 && kind != RecordKind::error && !has(record_flag::discarded);
    }
};

// What a record begins with in the queue; then come the receivers, name, tag, target and text.
struct RecordHead {
    RecordFrame frame;
    std::uint64_t sequence;
    Microseconds at;
    std::uint64_t sender_state;
    std::uint64_t session;
    std::uint64_t target_session;
    std::uint64_t value;
    SlotId sender;
    std::uint32_t sender_id;
    std::uint32_t target_id;
    std::uint32_t number;
    std::uint32_t receiver_count;
    std::uint32_t text_size;
    std::uint8_t name_size;
    std::uint8_t tag_size;
    std::uint8_t target_size;
    std::uint8_t scope;
};

// Bytes that a record takes in the queue, given the sizes of its parts.
[[nodiscard]] std::size_t encoded_size(const Record& record) noexcept;
// The most that any record takes which has at most these parts.
[[nodiscard]] std::size_t largest_record(std::size_t receivers, std::size_t text) noexcept;
// Writes the record; `out` has encoded_size(record) bytes or more.
void encode(const Record& record, std::span<std::byte> out) noexcept;
[[nodiscard]] std::optional<Record> decode(std::span<const std::byte> bytes) noexcept;

// The parts of the text of `connected`.
[[nodiscard]] std::string_view peer_of_newcomer(const Record& record) noexcept;
[[nodiscard]] std::string_view rooms_of_newcomer(const Record& record) noexcept;

// The rows of `clients`, `rooms`, `groups` and `help`, packed into a record's text.
struct ClientInfo {
    std::uint32_t id;
    Microseconds connected_at;
    std::string_view name;
    bool you;
};
inline constexpr std::size_t largest_client_info = 16 + max_name_size;
// The longest line that delivery makes of one.
inline constexpr std::size_t largest_client_line = 144;
void append_client_info(std::string& rows, const ClientInfo& info);
[[nodiscard]] std::optional<ClientInfo> take_client_info(std::string_view& rows) noexcept;

struct RoomInfo {
    std::uint32_t count;
    bool you;
    std::string_view name;
};
inline constexpr std::size_t largest_room_info = 8 + max_name_size;
void append_room_info(std::string& rows, const RoomInfo& info);
[[nodiscard]] std::optional<RoomInfo> take_room_info(std::string_view& rows) noexcept;

struct GroupInfo {
    std::uint32_t id;
    std::uint32_t admin;       // client id
    std::string_view members;  // client ids, separated by commas
};
inline constexpr std::size_t largest_group_info(std::size_t members) {
    return 10 + 6 * members;
}
void append_group_info(std::string& rows, const GroupInfo& info);
[[nodiscard]] std::optional<GroupInfo> take_group_info(std::string_view& rows) noexcept;

struct HelpInfo {
    std::string_view command;  // with its slash
    std::string_view usage;    // the whole line for people
};
void append_help_info(std::string& rows, const HelpInfo& info);
[[nodiscard]] std::optional<HelpInfo> take_help_info(std::string_view& rows) noexcept;

}  // namespace chat
