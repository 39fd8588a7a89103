// What operators of channels do, as lines of IRC.
#include "chat-delivery/dialects/irc/irc_spelling.h"
#include "shared/records/room.h"
#include "shared/records/room_rights.h"

#include <optional>
#include <string>

namespace chat::irc {
namespace {

void append_kick(const WriterContext& context, std::string& out, const Record& record) {
    const auto kicked = records::Kicked::of(record);
    begin_line(context, out, record, "KICK");
    append_param(out, channel_of(kicked.room));
    append_param(out, kicked.client_name);
    end_line(out, kicked.reason.empty() ? records::name_of_actor(record) : reason_of(kicked.reason));
}

// `+oo-v Ann Ben Cid`, in several lines if need be. No colon, because clients exist that take it for a part of the
// parameter.
void append_modes(const WriterContext& context, std::string& out, const Record& record) {
    auto changed = records::ModesChanged::of(record);
    std::string begin;
    begin_line(context, begin, record, "MODE");
    append_param(begin, channel_of(changed.room));
    std::string letters;
    std::string params;
    std::optional<bool> was_added;
    const auto flush = [&] {
        if (letters.empty()) return;
        out += begin;
        append_param(out, letters);
        out += params;
        end_line(out);
        letters.clear();
        params.clear();
        was_added.reset();
    };
    while (const auto change = take_mode_change(changed.rows)) {
        constexpr std::size_t signs = 4;  // a space, a sign, a letter, and a space
        if (begin.size() + letters.size() + params.size() + change->param.size() + signs > longest_line) flush();
        if (was_added != change->adds) letters += change->adds ? '+' : '-';
        was_added = change->adds;
        letters += change->letter;
        if (!change->param.empty()) append_param(params, change->param);
    }
    flush();
}

void append_invitation(const WriterContext& context, std::string& out, const Record& record) {
    const auto invited = records::Invited::of(record);
    begin_line(context, out, record, "INVITE");
    append_param(out, invited.client_name);
    append_param(out, channel_of(invited.room));
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
        case records::RoomKind::invited:
            return append_invitation(context, out, record);
        case records::RoomKind::joined:
        case records::RoomKind::left:
        case records::RoomKind::rooms:
        case records::RoomKind::topic_shown:
            return;
    }
}

void append_inviting(const WriterContext& context, std::string& out, const Record& record) {
    const auto invited = records::Invited::of(record);
    begin_numeric(context, out, 341, record.name);
    append_param(out, invited.client_name);
    append_param(out, channel_of(invited.room));
    end_line(out);
}

}  // namespace chat::irc
