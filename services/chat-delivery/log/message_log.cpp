// Decides which records to write, and keeps the cursor.
#include "chat-delivery/log/message_log.h"

#include "chat-delivery/log/chores.h"
#include "chat-delivery/log/history_index.h"
#include "shared/log/database.h"
#include "shared/memory/queue.h"
#include "shared/records/message.h"
#include "shared/records/operator.h"
#include "shared/records/record.h"
#include "shared/records/session.h"
#include "shared/system/crash_point.h"
#include "shared/system/journal.h"

#include <algorithm>
#include <iterator>
#include <utility>

namespace chat {
namespace {

constexpr std::chrono::milliseconds skip_after{1000};

// The first number of this segment: lower numbers belong to an earlier segment, to which nobody can return. 0: this log
// has already passed a record of this segment, so the earlier files have been ended.
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

struct MessageLog::Connection {
    Connection(const Segment& segment, const std::string& directory, const RetentionPace& pace)
        : database(directory),
          chores(segment, database, pace),
          index(database),
          rows(segment, database, chores, index) {}
    Database database;
    Chores chores;
    HistoryIndex index;
    MessageRows rows;
};

MessageLog::MessageLog(const Segment& segment, std::string directory, const Config& config, RetentionPace pace)
    : segment_(&segment),
      directory_(std::move(directory)),
      pace_(pace),
      policies_({config.log_messages, config.log_text}),
      keep_days_(config.keep_days),
      max_mb_(config.max_mb),
      may_skip_(config.skips_rows()),
      skipped_(segment.words().skipped_messages, segment.words().last_skipped_message, "messages"),
      wanted_up_to_(segment.words().head.load(std::memory_order_acquire)),
      end_files_before_(first_number_to_look_at(segment)),
      thread_("message-log", *this, chores()) {}

MessageLog::~MessageLog() = default;

std::vector<LogChore> MessageLog::chores() {
    using namespace std::chrono_literals;
    // Nobody can fetch a file of an earlier segment. Done once, unless the database fails.
    const auto end_earlier_files = [this]() -> std::optional<std::chrono::milliseconds> {
        if (end_files_before_ != 0)
            connection().database.end_open_files(0, static_cast<std::int64_t>(end_files_before_));
        end_files_before_ = 0;
        return std::nullopt;
    };
    return {{0ms, end_earlier_files},
            {pace_.first, [this] { return retain(); }},
            {pace_.size, [this] { return connection().chores.limit_size(max_mb_); }},
            {0ms, [this] { return connection().chores.forget(); }},
            {0ms, [this] { return connection().chores.wipe(); }},
            {0ms, [this] { return connection().index.step(); }},
            {pace_.first, [this] { return std::optional(pace_.after_step(connection().index.clean())); }}};
}

std::chrono::milliseconds MessageLog::retain() {
    const auto verdict = clock_.check();
    if (verdict == RetentionClock::Verdict::trusted) {
        if (connection().rows.kept().retain(wall_clock(), keep_days_)) return pace_.pause;
        return connection().chores.retain(keep_days_);
    }
    if (verdict == RetentionClock::Verdict::jumped)
        journal(Priority::warning, "clock-jumped",
                "The clock has jumped ahead by more than a day: for a day, no old rows are deleted");
    return pace_.rest;
}

void MessageLog::reconfigure(const Config& config) {
    keep_days_ = config.keep_days;
    max_mb_ = config.max_mb;
    may_skip_ = config.skips_rows();
    policies_.change(segment_->words().head.load(std::memory_order_relaxed), {config.log_messages, config.log_text});
}

bool MessageLog::settle(std::vector<Leftovers> sessions) {
    {
        const std::lock_guard lock(mutex_);
        std::move(sessions.begin(), sessions.end(), std::back_inserter(to_settle_));
    }
    return flush();
}

bool MessageLog::always_concerns(const Record& record) noexcept {
    return record.kind == RecordKind::forget || record.kind == RecordKind::closed ||
           record.kind == RecordKind::deleted || record.kind == RecordKind::kept_ended ||
           family_of(record.kind) == RecordFamily::file || records::is_kept_message(record) ||
           !records::kept_rows_in(record).empty();
}

std::string MessageLog::status() {
    std::string text;
    if (const std::string trouble = thread_.trouble(); !trouble.empty()) text += "; log: " + trouble;
    if (const std::uint64_t skipped = skipped_.count(); skipped > 0)
        text += "; log: " + std::to_string(skipped) + " rows skipped";
    return text;
}

std::vector<Leftovers> MessageLog::to_settle() {
    const std::lock_guard lock(mutex_);
    return to_settle_;
}

bool MessageLog::is_behind() {
    const QueueWords& words = segment_->words();
    if (words.logged.load(std::memory_order_relaxed) < words.head.load(std::memory_order_acquire)) return true;
    if (skipped_.count() > 0) return true;  // that rows were skipped is not in the log yet
    const std::lock_guard lock(mutex_);
    return !to_settle_.empty();
}

MessageLog::Connection& MessageLog::connection() {
    if (!connection_) connection_ = std::make_unique<Connection>(*segment_, directory_, pace_);
    return *connection_;
}

void MessageLog::close() noexcept {
    connection_.reset();
}

void MessageLog::on_damage() noexcept {
    segment_->doorbell().ring();  // the delivering thread ends the process
}

void MessageLog::write(const std::atomic<bool>& stopping) {
    try {
        write_pending(stopping);
    } catch (const ReplacedDatabase& error) {
        journal(Priority::error, "database-trouble", std::string(error.what()) + ": the log continues in another file");
        throw;
    }
}

void MessageLog::write_pending(const std::atomic<bool>& stopping) {
    // Taken before the head is read: these messages are already fanned out, so their rows exist when they are marked.
    const std::vector<Leftovers> leftovers = to_settle();
    if (skipped_.count() > 0 || !requests_.empty()) make_up_for_skipping();
    write_records(stopping);
    if (leftovers.empty()) return;
    connection().rows.settle(leftovers);
    const std::lock_guard lock(mutex_);
    to_settle_.erase(to_settle_.begin(), to_settle_.begin() + static_cast<std::ptrdiff_t>(leftovers.size()));
}

void MessageLog::write_records(const std::atomic<bool>& stopping) {
    QueueWords& words = segment_->words();
    const Position head = words.head.load(std::memory_order_acquire);
    Position at = words.logged.load(std::memory_order_relaxed);
    while (at < head && !stopping) {
        const auto [policy, end] = policies_.at(at, head);
        if (!policy.messages && at >= wanted_up_to_)
            at = end;
        else
            at = connection().rows.write(at, end, policy);
        words.logged.store(at, std::memory_order_release);
        CHAT_CRASH_POINT("message log: cursor stored");
    }
}

// Skips rows of records that are fanned out, so that the queue does not fill up.
void MessageLog::on_trouble(std::chrono::milliseconds since) {
    if (!may_skip_ || since < skip_after) return;
    QueueWords& words = segment_->words();
    const QueueReader reader(segment_->queue_ring());
    const Position head = words.head.load(std::memory_order_acquire);
    Position at = words.logged.load(std::memory_order_relaxed);
    const auto end =
        SkippedRows::end_of_skipping(at, words.tail.load(std::memory_order_acquire), segment_->queue_ring().size());
    if (!end) return;
    if (skipped_.count() == 0)
        journal(Priority::warning, "log-skipped", "Rows of messages are skipped until they can be written");
    std::uint64_t rows = 0;
    std::uint64_t last = 0;
    auto applies = policies_.at(at, head);
    while (at < std::min(head, *end)) {
        const auto entry = reader.read(at, head);
        if (!entry) throw DamagedSegment("the queue in shared memory is damaged");
        if (at >= applies.end) applies = policies_.at(at, head);
        const bool keeps_messages = applies.policy.messages;
        at = entry->next;
        if (entry->padding) continue;
        const auto record = decode(entry->bytes);
        if (!record) throw DamagedSegment("a record in shared memory is damaged");
        if (record->kind == RecordKind::forget || record->kind == RecordKind::deleted ||
            records::is_kept_message(*record) || is_gift_left_out(*segment_, *record))
            requests_.emplace_back(std::vector(entry->bytes.begin(), entry->bytes.end()), at);
        const RecordFamily family = family_of(record->kind);
        if (family != RecordFamily::file && (family != RecordFamily::message || !keeps_messages)) continue;
        ++rows;
        last = record->sequence;
    }
    if (rows > 0) skipped_.add(rows, last);
    words.logged.store(at, std::memory_order_release);
}

void MessageLog::make_up_for_skipping() {
    Connection& log = connection();
    if (!requests_.empty()) {
        Transaction transaction(log.database);
        for (const auto& [bytes, end] : requests_)
            if (const auto record = decode(bytes); record && record->kind == RecordKind::forget)
                log.chores.add_request(*record, end);
            else if (record)
                log.rows.make_up_for(*record);
        transaction.commit();
        requests_.clear();
    }
    if (const std::uint64_t count = skipped_.count(); count > 0) {
        skipped_.report(log.database);
        journal(Priority::warning, "log-skipped", std::to_string(count) + " rows of messages and files were skipped");
    }
}

}  // namespace chat
