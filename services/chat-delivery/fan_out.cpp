// Fanning out.
#include "chat-delivery/fan_out.h"

#include "chat-delivery/unsent.h"
#include "shared/records/file.h"
#include "shared/records/message.h"
#include "shared/records/session.h"

#include <map>
#include <variant>
#include <vector>

namespace chat {
namespace {

// 0: a message that is never sent is discarded.
std::uint32_t account_to_keep_for(const Record& record) noexcept {
    return records::is_kept_if_unsent(record) ? records::Message::of(record).receiver_account : 0;
}

// Messages to one client or to a group have an origin: if they are never sent, the sender is notified or the log marks
// them.
Origin origin_of(const Record& record) {
    if (record.kind != RecordKind::message) return {};
    switch (records::scope_in(record)) {
        case MessageScope::direct:
            return {record.sender_id, LedgerKind::direct, account_to_keep_for(record)};
        case MessageScope::group:
            return {record.sender_id, LedgerKind::group};
        case MessageScope::room:
        case MessageScope::broadcast:
            break;
    }
    return {};
}

}  // namespace

FanOut::FanOut(const Segment& segment, Outboxes& outboxes, bool guests_allowed, std::string server_name)
    : segment_(&segment),
      outboxes_(&outboxes),
      context_{&segment, std::move(server_name)},
      guests_allowed_(guests_allowed) {
    const auto slots = segment.slots();
    for (const SlotId client : connected_clients(slots))
        by_id_[read_row(slots[client.slot], [](const ClientRow& row) { return row.client_id; })] = client;
    dialects_.reserve(slots.size());
    for (const Slot& slot : slots)
        dialects_.push_back(dialect_id(read_row(slot, [](const ClientRow& row) { return row.dialect; })));
}

// The row may already be ahead of the record: at worst, someone who has just logged in receives a line too many.
bool FanOut::is_barred(SlotId client) const noexcept {
    return client.slot < segment_->sizes().slots && valid_row(segment_->slots()[client.slot]).account == 0;
}

std::string FanOut::name_of(SlotId client) const {
    if (client.slot >= segment_->sizes().slots) return {};
    return std::string(copy_row(segment_->slots()[client.slot]).name_view());
}

bool FanOut::is_secure(SlotId client) const noexcept {
    return client.slot < segment_->sizes().slots && valid_row(segment_->slots()[client.slot]).is_secure != 0;
}

std::string_view FanOut::render_for(SlotId receiver, const Record& record) {
    const DialectId dialect = dialect_of(receiver);
    if (dialect != DialectId::line)
        return lines_in_voice(
            dialect,
            voice_of(segment_->slots()[receiver.slot], receiver.generation) & writer_of(dialect).heard_by_receivers,
            record);
    native_.is_made = true;
    native_.lines = line_writer.to_receivers(context_, record, native_.out);
    return native_.lines;
}

std::string_view FanOut::lines_in_voice(DialectId dialect, std::uint64_t voice, const Record& record) {
    for (std::size_t i = 0; i < spoken_count_; ++i)
        if (spoken_[i].voice == voice) return spoken_[i].lines;
    constexpr std::size_t most = 32;
    if (spoken_count_ == most) spoken_count_ = 0;
    if (spoken_.empty()) spoken_.resize(most);
    Rendering& rendering = spoken_[spoken_count_++];
    rendering.voice = context_.voice = voice;
    context_.at = record.at;
    rendering.lines = writer_of(dialect).to_receivers(context_, record, rendering.out);
    return rendering.lines;
}

const DialectWriter& FanOut::set_voice_of(SlotId client, const Record& record) {
    const DialectId dialect = dialect_of(client);
    if (dialect != DialectId::line) {
        context_.voice = voice_of(segment_->slots()[client.slot], client.generation);
        context_.at = record.at;
    }
    return writer_of(dialect);
}

Outcome FanOut::deliver_to_receivers(const Record& record) {
    Outcome outcome = record.is_discarded()              ? Outcome::discarded
                      : records::is_kept_message(record) ? Outcome::kept
                                                         : Outcome::accepted;
    native_.is_made = false;
    spoken_count_ = 0;
    const Origin origin = origin_of(record);
    const bool direct = origin.kind == LedgerKind::direct;
    const Outcome missed = origin.account != 0 ? Outcome::kept : Outcome::discarded;
    const MessageAmongLines whole{0, record.sequence, origin};
    OutboxLines lines{{}, messages_of(whole)};
    const bool guests_allowed = guests_allowed_.load(std::memory_order_relaxed);
    for (const SlotId receiver : record.receivers) {
        if (receiver == record.sender) continue;
        if (!guests_allowed && is_barred(receiver)) {
            if (direct) outcome = missed;
            continue;
        }
        lines.text = lines_for(receiver, record);
        if (lines.text.empty()) continue;
        if (outboxes_->append(receiver, record.sequence, lines) == Outboxes::Append::gone && direct) outcome = missed;
    }
    return outcome;
}

bool FanOut::is_receipt_wanted(std::uint32_t file_row, std::uint64_t file) const noexcept {
    const auto files = segment_->files();
    return file_row < files.size() && wants_receipts(files[file_row].words, file);
}

void FanOut::deliver(const Record& record) {
    if (record.kind == RecordKind::ticket_ended) {
        const auto ended = records::TicketEnded::of(record);
        if (!ended || !is_receipt_wanted(ended->file.file_row, ended->file.id)) return;
    }
    if (record.kind == RecordKind::connected) {
        const DialectId dialect = records::Connected::of(record).dialect;
        if (record.sender.slot < dialects_.size()) dialects_[record.sender.slot] = dialect;
        const DialectWriter& writer = writer_of(dialect);
        by_id_[record.sender_id] = record.sender;
        context_.voice = 0;
        outboxes_->begin(record.sender, record.sequence, writer.to_sender(context_, record, Outcome::accepted, lines_));
        return;
    }
    if (record.kind == RecordKind::closed) {
        notify_senders_of_unsent(record);
        return;
    }
    if (record.kind == RecordKind::file_offered) {
        offer_file(record);
        return;
    }
    const Outcome outcome = deliver_to_receivers(record);
    if (record.session == 0) return;
    const DialectWriter& writer = set_voice_of(record.sender, record);
    const std::string_view lines = writer.to_sender(context_, record, outcome, lines_);
    if (const auto kept = records::kept_rows_in(record); !kept.empty()) return send_kept(record, writer, kept);
    if (lines.empty()) return;
    const auto voice = record.kind == RecordKind::dialect_answer ? writer.voice_after(record) : std::nullopt;
    (void)outboxes_->append(record.sender, record.sequence, {lines, {}}, voice.value_or(Outboxes::same_voice));
}

// Each message is one of its own for the ledger: what the client does not receive stays kept. If the outbox takes none
// of them, the log sees it by the slot (MessageRows).
void FanOut::send_kept(const Record& record, const DialectWriter& writer, std::string_view rows) {
    std::vector<MessageAmongLines> messages;
    while (const auto row = take_history_info(rows)) {
        messages.push_back({lines_.size(), row->id, {row->from, LedgerKind::kept}});
        writer.kept_message(context_, lines_, *row, record.sender_id, record.name);
    }
    (void)outboxes_->append(record.sender, record.sequence, {lines_, messages});
}

void FanOut::offer_file(const Record& record) {
    auto offered = records::FileOffered::of(record);
    if (!offered) return;
    offered->has_receipts = is_receipt_wanted(offered->file.row, offered->file.id);
    for (const SlotId receiver : offered->receivers) {
        const auto ticket = take_ticket_info(offered->tickets);
        if (!ticket) return;
        records::FileOffered own = *offered;
        if (is_secure(receiver)) own.port = own.tls_port;
        lines_.clear();
        set_voice_of(receiver, record).offer_file(context_, lines_, record, own, ticket->ticket, name_of(receiver));
        (void)outboxes_->append(receiver, record.sequence, lines_);
    }
    const auto* to = std::get_if<ToClient>(&offered->to);
    if (to == nullptr || !offered->receivers.empty()) return;
    lines_.clear();
    set_voice_of(record.sender, record)
        .undelivered(context_, lines_, {.id = offered->file.id, .to = to->id, .name = to->name, .is_file = true},
                     record.name);
    (void)outboxes_->append(record.sender, record.sequence, lines_);
}

void FanOut::notify_senders_of_unsent(const Record& record) {
    // A sender may have many unsent messages, but gets all lines of one record in one append.
    std::map<std::uint32_t, std::vector<UnsentMessage>> unsent;  // by sender
    for (const UnsentMessage& message : unsent_messages(*segment_, record.sender.slot))
        if (message.kind == LedgerKind::direct) unsent[message.from].push_back(message);
    for (const auto& [sender_id, messages] : unsent) {
        const auto sender = by_id_.find(sender_id);
        if (sender == by_id_.end() || sender->second.slot >= segment_->sizes().slots) continue;
        const ClientRow row = copy_row(segment_->slots()[sender->second.slot]);
        if (row.state != SlotState::connected || row.client_id != sender_id) continue;
        lines_.clear();
        for (const UnsentMessage& message : messages)
            set_voice_of({sender->second.slot, row.generation}, record)
                .undelivered(
                    context_, lines_,
                    {.id = message.id, .to = record.sender_id, .name = record.name, .is_kept = message.account != 0},
                    row.name_view());
        (void)outboxes_->append({sender->second.slot, row.generation}, record.sequence, lines_);
    }
}

}  // namespace chat
