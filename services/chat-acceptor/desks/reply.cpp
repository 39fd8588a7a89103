// Completes the draft.
#include "chat-acceptor/desks/reply.h"

#include "shared/records/answer.h"
#include "shared/records/message.h"

namespace chat {

Record record_of(const Reply& reply, const Inbox::Line& line, SlotId client, const ClientRow& row, Microseconds wall,
                 TagTexts& tags) {
    Record record = reply.draft.record();
    record.sender = client;
    record.sender_id = row.client_id;
    // The line is consumed with the last part of a list.
    const bool is_part = records::is_part_of_list(record);
    // Kept messages in several parts are one step.
    record.next_step = is_part && family_of(record.kind) == RecordFamily::session ? 0 : reply.next_step;
    record.sender_state = is_part || reply.next_step != 0 ? 0 : line.state_after;
    record.session = row.session;
    record.tag = reply.tag;
    record.at = wall;
    if (record.name.empty()) record.name = row.name_view();
    if (record.kind == RecordKind::message || record.kind == RecordKind::tag_message)
        records::Message::put_account(record, row.account);
    else if (row.account != 0)
        record.note_account();
    if (!reply.label.empty() || !reply.message_tags.empty()) tags.put(reply, row, record);
    return record;
}

}  // namespace chat
