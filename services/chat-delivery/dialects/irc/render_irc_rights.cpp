// What operators of channels do, as lines of IRC.
#include "chat-delivery/dialects/irc/irc_spelling.h"
#include "shared/records/room.h"
#include "shared/records/room_rights.h"

namespace chat::irc {
namespace {

void append_kick(const WriterContext& context, std::string& out, const Record& record) {
    const auto kicked = records::Kicked::of(record);
    begin_line(context, out, record, "KICK");
    append_param(out, channel_of(kicked.room));
    append_param(out, kicked.client_name);
    end_line(out, kicked.reason.empty() ? records::name_of_actor(record) : reason_of(kicked.reason));
}

// `+oo-v Ann Ben Cid`: no colon, because clients exist that take it for a part of the parameter.
void append_modes(const WriterContext& context, std::string& out, const Record& record) {
    auto changed = records::ModesChanged::of(record);
    std::string letters;
    std::string params;
    std::optional<bool> was_added;
    while (const auto change = take_mode_change(changed.rows)) {
        if (was_added != change->adds) letters += change->adds ? '+' : '-';
        was_added = change->adds;
        letters += change->letter;
        if (!change->param.empty()) append_param(params, change->param);
    }
    begin_line(context, out, record, "MODE");
    append_param(out, channel_of(changed.room));
    append_param(out, letters);
    out += params;
    end_line(out);
}

}  // namespace

void append_room_rights(const WriterContext& context, std::string& out, const Record& record) {
    switch (records::room_kind(record)) {
        case records::RoomKind::topic: {
            const auto topic = records::Topic::of(record);
            begin_line(context, out, record, "TOPIC");
            append_param(out, channel_of(topic.room));
            end_line(out, topic.text);
            return;
        }
        case records::RoomKind::kicked:
            return append_kick(context, out, record);
        case records::RoomKind::modes_changed:
            return append_modes(context, out, record);
        case records::RoomKind::joined:
        case records::RoomKind::left:
        case records::RoomKind::rooms:
        case records::RoomKind::topic_shown:
            return;
    }
}

}  // namespace chat::irc
