// Renders what operators of rooms do.
#include "chat-delivery/dialects/line/render_room.h"
#include "chat-delivery/dialects/line/spelling.h"
#include "shared/records/room.h"
#include "shared/records/room_rights.h"
#include "shared/text/formatting.h"

namespace chat {
namespace {

using records::RoomKind;

// An empty text: the topic was cleared, or there is none.
void append_topic(std::string& out, std::string_view room, std::string_view name, Microseconds at,
                  std::string_view text, std::string_view tag) {
    out += "topic";
    append_field(out, "room", room);
    if (!name.empty()) {
        append_field(out, "name", name);
        out += " at=";
        append_time(out, at);
    }
    append_tag(out, tag);
    if (text.empty())
        end_line(out);
    else
        end_line(out, without_formatting(text));
}

void append_kicked(std::string& out, const Record& record) {
    const auto kicked = records::Kicked::of(record);
    out += "kicked";
    append_field(out, "room", kicked.room);
    append_field(out, "id", kicked.client_id);
    append_field(out, "name", kicked.client_name);
    append_field(out, "by", records::name_of_actor(record));
    if (kicked.reason.empty())
        end_line(out);
    else
        end_line(out, without_formatting(kicked.reason));
}

// The key `group` of an invitation to a group is `room` here.
void append_room_invitation(std::string& out, const Record& record) {
    const auto invited = records::Invited::of(record);
    out += "invite";
    append_field(out, "room", invited.room);
    append_field(out, "from", record.sender_id);
    append_field(out, "name", record.name);
    const std::string room(invited.room);
    end_line(out, std::string(record.name) + " invites you to the room " + room + ": /join " + room);
}

// Other modes than that of operators show when they refuse something.
void append_operators(std::string& out, const Record& record) {
    auto changed = records::ModesChanged::of(record);
    while (const auto change = take_mode_change(changed.rows)) {
        if (change->letter != 'o') continue;
        out += "op";
        append_field(out, "room", changed.room);
        append_field(out, "id", change->client_id);
        append_field(out, "name", change->param);
        append_field(out, "value", change->adds ? "yes" : "no");
        end_line(out);
    }
}

}  // namespace

void append_rights_news(std::string& out, const Record& record) {
    switch (records::room_kind(record)) {
        case RoomKind::topic: {
            const auto topic = records::Topic::of(record);
            append_topic(out, topic.room, records::name_of_actor(record), record.at, topic.text, {});
            return;
        }
        case RoomKind::kicked:
            append_kicked(out, record);
            return;
        case RoomKind::modes_changed:
            append_operators(out, record);
            return;
        case RoomKind::invited:
            append_room_invitation(out, record);
            return;
        case RoomKind::joined:
        case RoomKind::left:
        case RoomKind::rooms:
        case RoomKind::topic_shown:
            return;
    }
}

void append_rights_answer(std::string& out, const Record& record) {
    switch (records::room_kind(record)) {
        case RoomKind::topic: {
            const auto topic = records::Topic::of(record);
            append_topic(out, topic.room, records::name_of_actor(record), record.at, topic.text, record.tag);
            return;
        }
        case RoomKind::topic_shown: {
            const auto shown = records::TopicShown::of(record);
            append_topic(out, shown.room, shown.name, shown.at, shown.topic, record.tag);
            return;
        }
        case RoomKind::kicked:
        case RoomKind::modes_changed:
        case RoomKind::invited:
            append_plain_ok(out, record.tag);
            return;
        case RoomKind::joined:
        case RoomKind::left:
        case RoomKind::rooms:
            return;
    }
}

}  // namespace chat
