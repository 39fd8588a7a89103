// Fanning out.
#include "chat-delivery/fan_out.h"

#include "chat-delivery/render_file.h"
#include "chat-delivery/unsent.h"
#include "shared/records/file.h"
#include "shared/records/message.h"

#include <map>

namespace chat {
namespace {

// Messages to one client or to a group have one: if they never leave, the sender is notified or the log marks them.
Origin origin_of(const Record& record) {
    if (record.kind != RecordKind::message) return {};
    switch (records::scope_in(record)) {
        case MessageScope::direct:
            return {record.sender_id, LedgerKind::direct};
        case MessageScope::group:
            return {record.sender_id, LedgerKind::group};
        case MessageScope::room:
        case MessageScope::broadcast:
            break;
    }
    return {};
}

}  // namespace

Outcome FanOut::deliver_to_receivers(const Record& record) {
    Outcome outcome = record.is_discarded() ? Outcome::discarded : Outcome::accepted;
    if (record.receivers.empty()) return outcome;
    const std::string_view lines = render_for_receivers(record, lines_);
    const Origin origin = origin_of(record);
    const bool direct = origin.kind == LedgerKind::direct;
    for (const SlotId receiver : record.receivers) {
        if (receiver == record.sender) continue;
        if (outboxes_->append(receiver, record.sequence, lines, origin) == Outboxes::Append::gone && direct)
            outcome = Outcome::discarded;
    }
    return outcome;
}

void FanOut::deliver(const Record& record) {
    if (record.kind == RecordKind::connected) {
        outboxes_->begin(record.sender, record.sequence, render_for_sender(record, Outcome::accepted, lines_));
        return;
    }
    if (record.kind == RecordKind::closed) {
        tell_senders_of_unsent(record);
        return;
    }
    if (record.kind == RecordKind::file_offered) {
        offer_file(record);
        return;
    }
    const Outcome outcome = deliver_to_receivers(record);
    if (record.session == 0) return;
    const std::string_view lines = render_for_sender(record, outcome, lines_);
    if (!lines.empty()) (void)outboxes_->append(record.sender, record.sequence, lines);
}

void FanOut::offer_file(const Record& record) {
    auto offered = records::FileOffered::of(record);
    if (!offered) return;
    for (const SlotId receiver : offered->receivers) {
        const auto ticket = take_ticket_info(offered->tickets);
        if (!ticket) return;
        lines_.clear();
        append_file(lines_, record, *offered, ticket->ticket);
        (void)outboxes_->append(receiver, record.sequence, lines_);
    }
    const auto* to = std::get_if<ToClient>(&offered->to);
    if (to == nullptr || !offered->receivers.empty()) return;
    lines_.clear();
    append_undelivered(lines_, offered->file.id, to->id, to->name, {}, "file");
    (void)outboxes_->append(record.sender, record.sequence, lines_);
}

void FanOut::tell_senders_of_unsent(const Record& record) {
    // A sender may have many of them; what it gets from one record is one append.
    std::map<std::uint32_t, std::string> notices;
    for (const UnsentMessage& message : unsent_messages(*segment_, record.sender.slot))
        if (!message.to_group) append_undelivered(notices[message.from], message.id, record.sender_id, record.name, {});
    if (notices.empty()) return;
    const auto slots = segment_->slots();
    for (std::uint32_t number = 0; number < slots.size(); ++number) {
        const ClientRow row = copy_row(slots[number]);
        if (row.state != SlotState::connected) continue;
        if (const auto notice = notices.find(row.client_id); notice != notices.end())
            (void)outboxes_->append({number, row.generation}, record.sequence, notice->second);
    }
}

}  // namespace chat
