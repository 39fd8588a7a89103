// Decides which records to write, and keeps the cursor.
#include "chat-delivery/log/message_log.h"

#include "chat-delivery/log/chores.h"
#include "shared/log/database.h"
#include "shared/memory/queue.h"
#include "shared/records/message.h"
#include "shared/records/operator.h"
#include "shared/records/record.h"
#include "shared/system/crash_point.h"

#include <algorithm>
#include <iterator>
#include <utility>

namespace chat {
namespace {

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
        : database(directory), chores(segment, database, pace), rows(segment, database, chores) {}
    Database database;
    Chores chores;
    MessageRows rows;
};

MessageLog::MessageLog(const Segment& segment, std::string directory, const Config& config, RetentionPace pace)
    : segment_(&segment),
      directory_(std::move(directory)),
      pace_(pace),
      policies_({config.log_messages, config.log_text}),
      keep_days_(config.keep_days),
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
            {pace_.first, [this] { return connection().chores.retain(keep_days_); }},
            {0ms, [this] { return connection().chores.forget(); }}};
}

void MessageLog::reconfigure(const Config& config) {
    keep_days_ = config.keep_days;
    policies_.change(segment_->words().head.load(std::memory_order_relaxed), {config.log_messages, config.log_text});
}

bool MessageLog::discard(std::vector<Discarded> messages) {
    {
        const std::lock_guard lock(mutex_);
        std::move(messages.begin(), messages.end(), std::back_inserter(to_discard_));
    }
    return flush();
}

std::vector<Discarded> MessageLog::to_discard() {
    const std::lock_guard lock(mutex_);
    return to_discard_;
}

bool MessageLog::is_behind() {
    const QueueWords& words = segment_->words();
    if (words.logged.load(std::memory_order_relaxed) < words.head.load(std::memory_order_acquire)) return true;
    const std::lock_guard lock(mutex_);
    return !to_discard_.empty();
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
    // Taken before the head is read: these messages are already fanned out, so their rows exist when they are marked.
    const std::vector<Discarded> discarded = to_discard();
    write_records(stopping);
    if (discarded.empty()) return;
    connection().rows.discard(discarded);
    const std::lock_guard lock(mutex_);
    to_discard_.erase(to_discard_.begin(), to_discard_.begin() + static_cast<std::ptrdiff_t>(discarded.size()));
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

}  // namespace chat
