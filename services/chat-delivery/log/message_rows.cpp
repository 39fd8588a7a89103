// Inserts message rows with their receipts.
#include "chat-delivery/log/message_rows.h"

#include "chat-delivery/unsent.h"
#include "shared/memory/queue.h"
#include "shared/memory/slot_notes.h"
#include "shared/records/deletion.h"
#include "shared/records/message.h"
#include "shared/records/operator.h"
#include "shared/records/session.h"
#include "shared/system/clock.h"
#include "shared/system/crash_point.h"
#include "shared/text/text_rules.h"

#include <algorithm>
#include <optional>
#include <string>

namespace chat {
namespace {

constexpr int records_a_transaction = 4096;

// The fan-out has noted in the receiver's slot whether its outbox accepted the message; the slot is not reused before
// this log has passed the departure.
bool missed(const Segment& segment, SlotId receiver, std::uint64_t message) {
    if (receiver.slot >= segment.sizes().slots) return true;
    return was_left_out(segment.slots()[receiver.slot], receiver, message);
}

// It reaches nobody now.
bool is_unsent(const Segment& segment, const Record& record) {
    return record.is_discarded() || record.receivers.empty() ||
           missed(segment, record.receivers.front(), record.sequence);
}

// What was only for the operators of a room is none of its history: it is in the log under another name.
std::string channel_in(const records::Message& message, const TargetFields& to) {
    switch (message.only) {
        case MessageAudience::operators:
            return "@" + std::string(to.name);
        case MessageAudience::voiced:
            return "+" + std::string(to.name);
        case MessageAudience::members:
            break;
    }
    return std::string(to.name);
}

bool is_to_be_kept(const Segment& segment, const Record& record) {
    return records::is_kept_message(record) || (records::is_kept_if_unsent(record) && is_unsent(segment, record));
}

}  // namespace

bool is_gift_left_out(const Segment& segment, const Record& record) {
    return !records::kept_rows_in(record).empty() && missed(segment, record.sender, record.sequence);
}

MessageRows::MessageRows(const Segment& segment, Database& database, Chores& chores, HistoryIndex& index)
    : segment_(&segment),
      database_(&database),
      chores_(&chores),
      index_(&index),
      inserts_(database),
      files_(database),
      kept_(database),
      topics_(database),
      discard_(database, "UPDATE message SET discarded = 1 WHERE id = ?"),
      erase_(database, "UPDATE message SET text = NULL WHERE id = ? AND text IS NOT NULL"),
      add_receipt_(database, "INSERT INTO receipt (message, receiver, outcome) VALUES (?, ?, ?)"),
      discard_receipt_(database, "UPDATE receipt SET outcome = 'discarded' WHERE message = ? AND receiver = ?"),
      lag_(database,
           "INSERT INTO log_lag (hour, longest, messages) VALUES (?, ?, ?) ON CONFLICT DO UPDATE SET"
           " longest = max(longest, excluded.longest), messages = messages + excluded.messages"),
      last_(static_cast<std::uint64_t>(database.query_number("SELECT coalesce(max(id), 0) FROM message"))) {}

Position MessageRows::write(Position at, Position head, LogPolicy policy) {
    const QueueReader reader(segment_->queue_ring());
    std::uint64_t last = last_;
    std::int64_t messages = 0;
    Microseconds oldest = 0;
    Transaction transaction(*database_);
    inserts_.drop();  // of one that failed
    for (int i = 0; i < records_a_transaction && at < head; ++i) {
        const auto entry = reader.read(at, head);
        if (!entry) throw DamagedSegment("the queue in shared memory is damaged");
        at = entry->next;
        if (entry->padding) continue;
        const auto record = decode(entry->bytes);
        if (!record || record->sequence > highest_message_id || record->sender.slot >= segment_->sizes().slots)
            throw DamagedSegment("a record in shared memory is damaged");
        switch (family_of(record->kind)) {
            case RecordFamily::message:
                if (is_to_be_kept(*segment_, *record)) kept_.add(*record);
                // The rows may exist although the cursor is not past them: a process died between the two steps.
                if (!policy.messages || record->sequence <= last) break;
                insert(*record, policy.text);
                if (records::Message::audience_in(*record) == MessageAudience::members) index_->add(*record);
                last = record->sequence;
                if (messages++ == 0) oldest = record->at;
                break;
            case RecordFamily::file:
                files_.write(*record, policy.text);
                break;
            case RecordFamily::session:
                if (record->kind == RecordKind::closed) inserts_.flush();  // its messages are marked
                if (is_gift_left_out(*segment_, *record)) kept_.hold(*record);
                if (record->kind == RecordKind::closed)
                    settle({record->session, records::Closed::of(*record).gift,
                            unsent_messages(*segment_, record->sender.slot)},
                           record->sequence);
                break;
            case RecordFamily::operators:
                if (record->kind == RecordKind::forget) chores_->add_request(*record, at);
                if (record->kind == RecordKind::kept_ended) kept_.end(records::KeptEnded::of(*record).gift, {});
                break;
            case RecordFamily::deletion:
                inserts_.flush();  // among them may be the message
                erase(*record);
                break;
            case RecordFamily::room:
                if (record->kind == RecordKind::topic && policy.messages) topics_.add(*record, policy.text);
                break;
            case RecordFamily::group:
            case RecordFamily::answer:
            case RecordFamily::relay:
            case RecordFamily::watch:
            case RecordFamily::metadata:
            case RecordFamily::none:
                break;
        }
    }
    inserts_.flush();
    if (messages > 0) note_lag(oldest, messages);
    CHAT_CRASH_POINT("message log: rows written");
    transaction.commit();
    CHAT_CRASH_POINT("message log: rows committed");
    last_ = last;
    index_->follow(last_);
    return at;
}

void MessageRows::make_up_for(const Record& record) {
    if (records::is_kept_message(record))
        kept_.add(record);
    else if (family_of(record.kind) == RecordFamily::deletion)
        erase(record);
    else
        kept_.hold(record);
}

// The row stays, like that of a text that was forgotten.
void MessageRows::erase(const Record& record) {
    const auto deleted = records::Deleted::of(record);
    erase_.bind(static_cast<std::int64_t>(std::min(deleted.id, highest_message_id))).run();
    kept_.remove(deleted.id);
    chores_->add_deletion();
    CHAT_CRASH_POINT("message log: text deleted");
}

void MessageRows::mark(const Discarded& message) {
    const auto id = static_cast<std::int64_t>(message.id);
    if (message.group_receiver != 0)
        discard_receipt_.bind(id).bind(static_cast<std::int64_t>(message.group_receiver)).run();
    else
        discard_.bind(id).run();
}

void MessageRows::settle(const std::vector<Leftovers>& sessions) {
    Transaction transaction(*database_);
    for (const Leftovers& session : sessions) settle(session, 0);
    transaction.commit();
}

void MessageRows::settle(const Leftovers& session, std::uint64_t since) {
    for (const UnsentMessage& message : session.unsent) {
        if (message.account != 0)
            kept_.add(message, since);
        else if (!message.is_kept())
            mark({message.id, message.is_to_group() ? session.session : 0});
    }
    CHAT_CRASH_POINT("kept messages: unsent ones kept");
    kept_.end(session.gift, session.unsent);
}

void MessageRows::note_lag(Microseconds oldest, std::int64_t messages) {
    constexpr Microseconds hour = 3'600'000'000;
    const Microseconds now = wall_clock();
    lag_.bind(now / hour).bind(std::max<Microseconds>(0, now - oldest)).bind(messages).run();
}

void MessageRows::insert(const Record& record, bool keep_text) {
    const auto message = records::Message::of(record);
    const TargetFields to = fields_of(message.to);
    MessageRow row{.id = static_cast<std::int64_t>(record.sequence),
                   .at = record.at,
                   .kind = word_of(to.scope),
                   .sender = static_cast<std::int64_t>(record.session),
                   .receivers = message.count,
                   .characters = static_cast<std::int64_t>(count_code_points(message.text)),
                   .sender_name = record.name,
                   .sender_account = message.account,
                   .receiver_account = message.receiver_account,
                   .form = message_form::word_of(message.form)};
    std::string few;
    switch (to.scope) {
        case MessageScope::direct:
            row.receiver = static_cast<std::int64_t>(to.session);
            row.discarded = is_unsent(*segment_, record) && !is_to_be_kept(*segment_, record);
            break;
        case MessageScope::room:
            if (message.only != MessageAudience::members) few = channel_in(message, to);
            row.channel = few.empty() ? to.name : std::string_view(few);
            break;
        case MessageScope::group:
            row.channel = to.name;
            break;
        case MessageScope::broadcast:
            break;
    }
    // What the programs of IRC clients say to each other was never written by a person.
    if (keep_text && (message.form & message_form::ctcp) == 0) row.text = message.text;
    inserts_.add(row);
    if (!few.empty()) inserts_.flush();  // it ends here
    if (to.scope == MessageScope::group) add_receipts(record);
}

void MessageRows::add_receipts(const Record& record) {
    for (const SlotId receiver : record.receivers) {
        if (receiver == record.sender || receiver.slot >= segment_->sizes().slots) continue;
        const ClientRow row = copy_row(segment_->slots()[receiver.slot]);
        if (row.generation != receiver.generation) continue;
        add_receipt_.bind(static_cast<std::int64_t>(record.sequence)).bind(static_cast<std::int64_t>(row.session));
        add_receipt_.bind(missed(*segment_, receiver, record.sequence) ? "discarded" : "delivered").run();
    }
}

}  // namespace chat
