// Spelling what happens in rooms.
#include "chat-delivery/render_room.h"

#include "chat-delivery/spelling.h"
#include "shared/records/room.h"

namespace chat {

void append_room_change(std::string& out, const Record& record, std::string_view tag) {
    out += record.kind == RecordKind::joined ? "joined" : "left";
    append_field(out, "room", record.target);
    append_field(out, "id", record.sender_id);
    append_field(out, "name", record.name);
    append_field(out, "count", record.number);
    append_tag(out, tag);
    end_line(out);
}

void append_rooms(std::string& out, const Record& record) {
    std::string_view rows = record.text;
    while (const auto room = take_room_info(rows)) {
        out += "room";
        append_field(out, "name", room->name);
        append_field(out, "count", room->count);
        append_field(out, "you", room->you ? "yes" : "no");
        append_tag(out, record.tag);
        end_line(out);
    }
    append_end(out, "rooms", record);
}

}  // namespace chat
