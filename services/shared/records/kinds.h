// The kinds of records and their families. The contents of each kind are defined in the header of its family in this
// folder: a struct that makes the record (record()) and reads it (of()).
#pragma once

#include "shared/memory/queue.h"

#include <cstdint>

namespace chat {

// Values are stored in memory that outlives the program: add at the end, never renumber.
enum class RecordKind : std::uint16_t {
    none = padding_kind,  // in a decoded record: a kind unknown to this program, see is_known()
    connected,
    online,
    renamed,
    departed,
    closed,
    message,
    clients,
    help,
    echo,
    date,
    time,
    error,
    note,
    result,
    joined,
    left,
    rooms,
    announcement,
    group_made,
    group_joined,
    group_asked,
    group_declined,
    group_approved,
    group_rejected,
    group_left,
    group_admin,
    groups,
    upload_offered,
    file_offered,
    ticket_ended,
    file_ended,
    forget,
    quieted,
    logged_in,
    done,
    history,
    room_set,
    introduced,
    dialect_answer,
    kept_page,
    kept_ended,
    seen,
    unread,
    tag_message,
    topic = 50,
    topic_shown,
    kicked,
    modes_changed,
    invited,
    watched,
    presence,
    metadata_changed,
    deleted,
};
// The highest kind that this program knows. New ones go to the end.
inline constexpr RecordKind last_record_kind = RecordKind::deleted;
// Between these two there are numbers of no kind.
inline constexpr RecordKind last_before_gap = RecordKind::tag_message;
inline constexpr RecordKind first_after_gap = RecordKind::topic;

// A later version may leave records of kinds that this program does not know. decode() gives them the kind `none`,
// which has no family and causes no line, no row and no change of a table; the frame of such a record (its number, its
// sender and the sender's stream position) counts like any other.
[[nodiscard]] constexpr bool is_known(RecordKind kind) noexcept {
    return kind <= last_before_gap || (kind >= first_after_gap && kind <= last_record_kind);
}

enum class RecordFamily : std::uint8_t {
    none,
    session,
    message,
    room,
    group,
    file,
    operators,
    answer,
    relay,
    watch,
    metadata,
    deletion
};

[[nodiscard]] constexpr RecordFamily family_of(RecordKind kind) noexcept {
    switch (kind) {
        case RecordKind::connected:
        case RecordKind::online:
        case RecordKind::renamed:
        case RecordKind::departed:
        case RecordKind::closed:
        case RecordKind::logged_in:
        case RecordKind::quieted:
        case RecordKind::kept_page:
        case RecordKind::seen:
        case RecordKind::introduced:
            return RecordFamily::session;
        case RecordKind::message:
            return RecordFamily::message;
        case RecordKind::joined:
        case RecordKind::left:
        case RecordKind::rooms:
        case RecordKind::topic:
        case RecordKind::topic_shown:
        case RecordKind::kicked:
        case RecordKind::modes_changed:
        case RecordKind::invited:
            return RecordFamily::room;
        case RecordKind::group_made:
        case RecordKind::group_joined:
        case RecordKind::group_asked:
        case RecordKind::group_declined:
        case RecordKind::group_approved:
        case RecordKind::group_rejected:
        case RecordKind::group_left:
        case RecordKind::group_admin:
        case RecordKind::groups:
            return RecordFamily::group;
        case RecordKind::upload_offered:
        case RecordKind::file_offered:
        case RecordKind::ticket_ended:
        case RecordKind::file_ended:
            return RecordFamily::file;
        case RecordKind::note:
        case RecordKind::announcement:
        case RecordKind::forget:
        case RecordKind::room_set:
        case RecordKind::kept_ended:
            return RecordFamily::operators;
        case RecordKind::clients:
        case RecordKind::help:
        case RecordKind::echo:
        case RecordKind::date:
        case RecordKind::time:
        case RecordKind::error:
        case RecordKind::result:
        case RecordKind::done:
        case RecordKind::dialect_answer:
        case RecordKind::history:
        case RecordKind::unread:
            return RecordFamily::answer;
        case RecordKind::tag_message:
            return RecordFamily::relay;
        case RecordKind::watched:
        case RecordKind::presence:
            return RecordFamily::watch;
        case RecordKind::metadata_changed:
            return RecordFamily::metadata;
        case RecordKind::deleted:
            return RecordFamily::deletion;
        case RecordKind::none:
            break;
    }
    return RecordFamily::none;
}

}  // namespace chat
