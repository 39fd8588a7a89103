// The thread that writes message rows.
#include "chat-delivery/message_log.h"

#include "chat-delivery/file_log.h"
#include "chat-delivery/forgetting.h"
#include "chat-delivery/unsent.h"
#include "shared/crash_point.h"
#include "shared/database.h"
#include "shared/journal.h"
#include "shared/record.h"
#include "shared/retention.h"
#include "shared/slot_notes.h"
#include "shared/text_rules.h"

#include <pthread.h>

#include <algorithm>
#include <chrono>
#include <memory>
#include <optional>

namespace chat {
namespace {

using namespace std::chrono_literals;

constexpr int records_a_transaction = 4096;
constexpr std::chrono::milliseconds gather_time{50};
constexpr std::chrono::milliseconds retry_pause{500};
constexpr std::chrono::milliseconds forgetting_time{10};  // at once, before new messages are looked after again
constexpr std::chrono::seconds flush_time{5};
constexpr std::uint64_t highest_message_id = std::uint64_t{1} << 62U;  // SQLite has 63 bits, an outbox's commit too

// The fan-out left in a receiver's slot whether the message found its outbox open; the slot is not given to another
// client before this log has passed the departure.
bool missed(const Segment& segment, SlotId receiver, std::uint64_t message) {
    if (receiver.slot >= segment.sizes().slots) return true;
    return was_left_out(segment.slots()[receiver.slot], receiver, message);
}

bool was_discarded(const Segment& segment, const Record& record) {
    return record.has(record_flag::discarded) || record.receivers.empty() ||
           missed(segment, record.receivers.front(), record.sequence);
}

// The first number of this segment: what is numbered below it belongs to an earlier one, which nobody comes back to. 0:
// this log has passed a record of this segment, and had seen to that.
std::uint64_t first_number_to_look_at(const Segment& segment) {
    const QueueWords& words = segment.words();
    if (words.logged.load(std::memory_order_relaxed) != 0) return 0;
    const std::uint64_t before = words.sequence.load(std::memory_order_relaxed);
    const Position tail = words.tail.load(std::memory_order_acquire);
    if (tail == 0) return before + 1;
    const auto entry = QueueReader(segment.queue_ring()).read(0, tail);
    const auto record = entry && !entry->padding ? decode(entry->bytes) : std::nullopt;
    return record && record->sequence <= highest_message_id ? record->sequence : 0;
}

}  // namespace

// A connection to the database with its statements.
class MessageLog::Writer {
  public:
    Writer(const Segment& segment, const std::string& directory)
        : segment_(&segment),
          database_(directory),
          insert_(
              database_,
              "INSERT INTO message (id, at, kind, sender, receiver, channel, receivers, discarded, characters, text,"
              " sender_name_then) VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?)"),
          files_(database_),
          forgetting_(database_),
          sessions_wanted_(segment.words().head.load(std::memory_order_acquire)),
          discard_(database_, "UPDATE message SET discarded = 1 WHERE id = ?"),
          add_receipt_(database_, "INSERT INTO receipt (message, receiver, outcome) VALUES (?, ?, ?)"),
          discard_receipt_(database_, "UPDATE receipt SET outcome = 'discarded' WHERE message = ? AND receiver = ?"),
          lag_(database_,
               "INSERT INTO log_lag (hour, longest, messages) VALUES (?, ?, ?) ON CONFLICT DO UPDATE SET"
               " longest = max(longest, excluded.longest), messages = messages + excluded.messages"),
          last_(static_cast<std::uint64_t>(database_.query_number("SELECT coalesce(max(id), 0) FROM message"))) {
        tell(forgetting_.last_done());
    }

    // Writes the records from `at` on, some thousand at most, and returns the position after the last.
    [[nodiscard]] Position write(Position at, Position head, bool keep_messages, bool keep_text) {
        const QueueReader reader(segment_->queue_ring());
        std::uint64_t last = last_;
        std::int64_t messages = 0;
        Microseconds oldest = 0;
        Transaction transaction(database_);
        for (int i = 0; i < records_a_transaction && at < head; ++i) {
            const auto entry = reader.read(at, head);
            if (!entry) throw DamagedSegment("the queue in shared memory is damaged");
            at = entry->next;
            const auto record = entry->padding ? std::nullopt : decode(entry->bytes);
            if (!record) continue;
            if (record->sequence > highest_message_id || record->sender.slot >= segment_->sizes().slots)
                throw DamagedSegment("a record in shared memory is damaged");
            if (record->kind == RecordKind::forget) {
                forgetting_.add(*record);
                sessions_wanted_ = at;
            } else if (record->kind == RecordKind::message) {
                if (!keep_messages || record->sequence <= last) continue;
                insert(*record, keep_text);
                last = record->sequence;
                if (messages++ == 0) oldest = record->at;
            } else if (record->kind == RecordKind::closed) {
                for (const UnsentMessage& message : unsent_messages(*segment_, record->sender.slot))
                    mark({message.id, message.to_group ? record->session : 0});
            } else {
                files_.write(*record, keep_text);
            }
        }
        if (messages > 0) note_lag(oldest, messages);
        CHAT_CRASH_POINT("message log: rows written");
        transaction.commit();
        CHAT_CRASH_POINT("message log: rows committed");
        last_ = last;
        return at;
    }

    void discard(const std::vector<Discarded>& messages) {
        Transaction transaction(database_);
        for (const Discarded& message : messages) mark(message);
        transaction.commit();
    }

    // Who was to get a file of an earlier segment cannot come for it.
    void end_earlier_files(std::uint64_t first) { database_.end_open_files(0, static_cast<std::int64_t>(first)); }

    // A step of the deletion of what is too old; true: there may be more.
    [[nodiscard]] bool retain(std::int64_t keep_days) {
        const Microseconds now = wall_clock();
        return retention_.step(now, keep_days) || file_retention_.step(now, keep_days) || give_back_room(database_);
    }

    // Some steps of what operators want forgotten. When the next ones are due; empty: there are none.
    [[nodiscard]] std::optional<std::chrono::milliseconds> forget(const RetentionPace& pace) {
        if (!forgetting_.is_busy()) return std::nullopt;
        // The sessions of those who are meant have to be in the database first: the acceptor writes them.
        if (segment_->words().sessions_logged.load(std::memory_order_acquire) < sessions_wanted_) return pace.held_up;
        const auto end = std::chrono::steady_clock::now() + forgetting_time;
        std::optional<Forgotten> done;
        do done = forgetting_.step();
        while (!done && forgetting_.is_busy() && !forgetting_.is_held_up() && std::chrono::steady_clock::now() < end);
        if (done) {
            tell(*done);
            const std::string request = std::to_string(done->number);
            journal(Priority::notice, "forgotten",
                    "Request " + request + " to forget is done: " + std::to_string(done->messages) + " texts and " +
                        std::to_string(done->files) + " names of files of " + std::to_string(done->sessions) +
                        " sessions" + (done->outcome == ForgetOutcome::ambiguous ? ", as it is not clear whose" : ""),
                    {{"CHAT_REQUEST", request}});
        }
        return forgetting_.is_held_up() ? pace.held_up : pace.forgetting;
    }

  private:
    // The number last: who finds it finds the rest.
    void tell(const Forgotten& done) const {
        QueueWords& words = segment_->words();
        words.forgotten.store(0, std::memory_order_relaxed);
        std::atomic_thread_fence(std::memory_order_release);
        words.forgotten_outcome.store(static_cast<std::uint64_t>(done.outcome), std::memory_order_relaxed);
        words.forgotten_sessions.store(done.sessions, std::memory_order_relaxed);
        words.forgotten_messages.store(done.messages, std::memory_order_relaxed);
        words.forgotten_files.store(done.files, std::memory_order_relaxed);
        words.forgotten.store(done.number, std::memory_order_release);
    }

    void mark(const Discarded& message) {
        const auto id = static_cast<std::int64_t>(message.id);
        if (message.group_receiver != 0)
            discard_receipt_.bind(id).bind(static_cast<std::int64_t>(message.group_receiver)).run();
        else
            discard_.bind(id).run();
    }

    void note_lag(Microseconds oldest, std::int64_t messages) {
        constexpr Microseconds hour = 3'600'000'000;
        const Microseconds now = wall_clock();
        lag_.bind(now / hour).bind(std::max<Microseconds>(0, now - oldest)).bind(messages).run();
    }

    void insert(const Record& record, bool keep_text) {
        const auto scope = static_cast<MessageScope>(record.scope);
        const bool direct = scope == MessageScope::direct;
        insert_.bind(static_cast<std::int64_t>(record.sequence)).bind(record.at).bind(word_of(scope));
        insert_.bind(static_cast<std::int64_t>(record.session));
        if (direct)
            insert_.bind(static_cast<std::int64_t>(record.target_session)).bind_null();
        else if (scope == MessageScope::broadcast)
            insert_.bind_null().bind_null();
        else
            insert_.bind_null().bind(record.target);
        insert_.bind(record.number).bind(direct && was_discarded(*segment_, record) ? 1 : 0);
        insert_.bind(static_cast<std::int64_t>(count_code_points(record.text)));
        if (keep_text)
            insert_.bind(record.text);
        else
            insert_.bind_null();
        insert_.bind(record.name).run();
        if (scope == MessageScope::group) add_receipts(record);
    }

    void add_receipts(const Record& record) {
        for (const SlotId receiver : record.receivers) {
            if (receiver == record.sender || receiver.slot >= segment_->sizes().slots) continue;
            const ClientRow row = copy_row(segment_->slots()[receiver.slot]);
            if (row.generation != receiver.generation) continue;
            add_receipt_.bind(static_cast<std::int64_t>(record.sequence)).bind(static_cast<std::int64_t>(row.session));
            add_receipt_.bind(missed(*segment_, receiver, record.sequence) ? "discarded" : "delivered").run();
        }
    }

    const Segment* segment_;
    Database database_;
    Statement insert_;
    FileLog files_;
    Forgetting forgetting_;
    Position sessions_wanted_;  // sessions up to this one have to be in the database before any is sought
    Statement discard_;
    Statement add_receipt_;
    Statement discard_receipt_;
    Statement lag_;
    Retention retention_{database_, Retention::Table::messages};
    Retention file_retention_{database_, Retention::Table::files};
    std::uint64_t last_;  // the highest id in the database
};

MessageLog::MessageLog(const Segment& segment, std::string directory, const Config& config, RetentionPace pace)
    : segment_(&segment),
      directory_(std::move(directory)),
      keepings_{{0, config.log_messages, config.log_text}},
      keep_days_(config.keep_days),
      pace_(pace),
      wanted_up_to_(segment.words().head.load(std::memory_order_acquire)),
      end_files_before_(first_number_to_look_at(segment)),
      thread_([this] { run(); }) {}

MessageLog::~MessageLog() {
    {
        const std::lock_guard lock(mutex_);
        stopping_ = true;
    }
    changed_.notify_all();
    thread_.join();
}

void MessageLog::nudge() {
    // Pairs with the order in run(): either the thread sees the new head, or this sees that it is idle.
    std::atomic_thread_fence(std::memory_order_seq_cst);
    if (!idle_.load()) return;
    const std::lock_guard lock(mutex_);
    idle_ = false;
    changed_.notify_all();
}

void MessageLog::hurry() {
    {
        const std::lock_guard lock(mutex_);
        hurrying_ = true;
    }
    changed_.notify_all();
}

bool MessageLog::flush() {
    hurry();
    std::unique_lock lock(mutex_);
    return changed_.wait_for(lock, flush_time, [this] { return is_done(); }) && !damaged_;
}

bool MessageLog::discard(std::vector<Discarded> messages) {
    {
        const std::lock_guard lock(mutex_);
        to_discard_ = std::move(messages);
    }
    return flush();
}

void MessageLog::reconfigure(const Config& config) {
    keep_days_ = config.keep_days;
    const std::lock_guard lock(mutex_);
    const Keeping next{segment_->words().head.load(std::memory_order_relaxed), config.log_messages, config.log_text};
    if (next.messages == keepings_.back().messages && next.text == keepings_.back().text) return;
    keepings_.push_back(next);
    if (keepings_.size() <= most_keepings) return;
    // So often, while nothing could be written: of two changes that wait the stricter holds for both.
    keepings_[1].messages = keepings_[1].messages && keepings_[2].messages;
    keepings_[1].text = keepings_[1].text && keepings_[2].text;
    keepings_.erase(keepings_.begin() + 2);
}

std::pair<MessageLog::Keeping, Position> MessageLog::keeping_at(Position at, Position head) {
    const std::lock_guard lock(mutex_);
    while (keepings_.size() > 1 && keepings_[1].from <= at) keepings_.erase(keepings_.begin());
    return {keepings_.front(), keepings_.size() > 1 ? std::min(head, keepings_[1].from) : head};
}

std::string MessageLog::trouble() {
    const std::lock_guard lock(mutex_);
    return trouble_;
}

bool MessageLog::is_behind() const noexcept {
    const QueueWords& words = segment_->words();
    return words.logged.load(std::memory_order_relaxed) < words.head.load(std::memory_order_acquire);
}

MessageLog::Writer& MessageLog::writer_for(std::unique_ptr<Writer>& writer) const {
    if (!writer) writer = std::make_unique<Writer>(*segment_, directory_);
    return *writer;
}

void MessageLog::write_all(std::unique_ptr<Writer>& writer) {
    QueueWords& words = segment_->words();
    const Position head = words.head.load(std::memory_order_acquire);
    Position at = words.logged.load(std::memory_order_relaxed);
    forgetting_ = forgetting_ || at < wanted_up_to_;
    while (at < head && !stopping_) {
        const auto [keeping, end] = keeping_at(at, head);
        if (!keeping.messages && at >= wanted_up_to_)
            at = end;
        else
            at = writer_for(writer).write(at, end, keeping.messages, keeping.text);
        words.logged.store(at, std::memory_order_release);
        CHAT_CRASH_POINT("message log: cursor stored");
    }
}

void MessageLog::run() {
    ::pthread_setname_np(::pthread_self(), "message-log");
    std::unique_ptr<Writer> writer;
    auto retention_due = std::chrono::steady_clock::now() + pace_.first;
    auto forgetting_due = std::chrono::steady_clock::now();
    std::unique_lock lock(mutex_);
    for (;;) {
        // Who fans out a record after this look at the queue finds `idle_` set.
        idle_ = true;
        std::atomic_thread_fence(std::memory_order_seq_cst);
        if (is_done())
            changed_.wait_until(lock, forgetting_ ? std::min(forgetting_due, retention_due) : retention_due,
                                [this] { return stopping_.load() || hurrying_ || !idle_; });
        idle_ = false;
        // What comes together is written together.
        if (is_behind()) changed_.wait_for(lock, gather_time, [this] { return stopping_.load() || hurrying_; });
        if (stopping_) return;
        hurrying_ = false;
        const std::vector<Discarded> to_discard = to_discard_;
        lock.unlock();
        std::string trouble;
        try {
            write_all(writer);
            if (end_files_before_ != 0) writer_for(writer).end_earlier_files(end_files_before_);
            end_files_before_ = 0;
            if (!to_discard.empty()) writer_for(writer).discard(to_discard);
            if (std::chrono::steady_clock::now() >= retention_due) {
                const bool more = writer_for(writer).retain(keep_days_);
                retention_due = std::chrono::steady_clock::now() + (more ? pace_.pause : pace_.rest);
            }
            if (forgetting_ && std::chrono::steady_clock::now() >= forgetting_due) {
                const auto next = writer_for(writer).forget(pace_);
                forgetting_ = next.has_value();
                forgetting_due = std::chrono::steady_clock::now() + next.value_or(0ms);
            }
        } catch (const DamagedSegment&) {
            // No pause mends that: the delivering thread ends the process.
            lock.lock();
            damaged_ = true;
            changed_.notify_all();
            segment_->doorbell().ring();
            return;
        } catch (const std::exception& error) {
            trouble = error.what();
            writer.reset();
            forgetting_ = true;  // as far as this thread knows from now on
        }
        lock.lock();
        // What came meanwhile is for the next round.
        if (trouble.empty() && !to_discard.empty()) to_discard_.clear();
        trouble_ = trouble;
        changed_.notify_all();
        if (!trouble.empty()) changed_.wait_for(lock, retry_pause, [this] { return stopping_.load(); });
    }
}

}  // namespace chat
