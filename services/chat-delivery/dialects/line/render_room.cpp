// Renders room events.
#include "chat-delivery/dialects/line/render_room.h"

#include "chat-delivery/dialects/line/spelling.h"
#include "shared/records/room.h"

namespace chat {
namespace {

using records::RoomKind;

template <RecordKind Kind>
void append_room_change(std::string& out, std::string_view kind, const Record& record, std::string_view tag) {
    const auto change = records::RoomChange<Kind>::of(record);
    out += kind;
    append_field(out, "room", change.room);
    append_field(out, "id", record.sender_id);
    append_field(out, "name", record.name);
    append_field(out, "count", change.count);
    append_tag(out, tag);
    end_line(out);
}

void append_rooms(std::string& out, const Record& record) {
    auto rooms = records::Rooms::of(record);
    while (const auto room = take_room_info(rooms.rows)) {
        out += "room";
        append_field(out, "name", room->name);
        append_field(out, "count", room->count);
        append_field(out, "you", room->you ? "yes" : "no");
        append_tag(out, record.tag);
        end_line(out);
    }
    if (rooms.cursor.empty()) append_end(out, "rooms", rooms.count, record.tag);
}

}  // namespace

void append_room_news(std::string& out, const Record& record) {
    switch (records::room_kind(record)) {
        case RoomKind::joined:
            append_room_change<RecordKind::joined>(out, "joined", record, {});
            return;
        case RoomKind::left:
            append_room_change<RecordKind::left>(out, "left", record, {});
            return;
        case RoomKind::topic:
        case RoomKind::kicked:
        case RoomKind::modes_changed:
        case RoomKind::invited:
            append_rights_news(out, record);
            return;
        case RoomKind::rooms:
        case RoomKind::topic_shown:
            return;
    }
}

void append_room_answer(std::string& out, const Record& record) {
    switch (records::room_kind(record)) {
        case RoomKind::joined:
            append_room_change<RecordKind::joined>(out, "joined", record, record.tag);
            return;
        case RoomKind::left:
            append_room_change<RecordKind::left>(out, "left", record, record.tag);
            return;
        case RoomKind::rooms:
            append_rooms(out, record);
            return;
        case RoomKind::topic:
        case RoomKind::topic_shown:
        case RoomKind::kicked:
        case RoomKind::modes_changed:
        case RoomKind::invited:
            append_rights_answer(out, record);
            return;
    }
}

}  // namespace chat
