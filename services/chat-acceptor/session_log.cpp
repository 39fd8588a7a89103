// Which records to write, and how far they are written.
#include "chat-acceptor/session_log.h"

#include "shared/memory/queue.h"
#include "shared/system/journal.h"

#include <algorithm>
#include <utility>

namespace chat {
namespace {

constexpr std::size_t rows_a_transaction = 4096;
constexpr std::chrono::milliseconds skip_after{1000};

}  // namespace

SessionLog::SessionLog(const Segment& segment, std::string directory, const Config& config, RetentionPace pace)
    : segment_(&segment),
      directory_(std::move(directory)),
      keep_days_(config.keep_days),
      max_mb_(config.max_mb),
      may_skip_(config.skips_rows()),
      skipped_(segment.words().skipped_sessions, segment.words().last_skipped_session, "sessions"),
      thread_("session-log", *this, chores(pace)) {}

std::vector<LogChore> SessionLog::chores(RetentionPace pace) {
    const auto retain = [this, pace] {
        return clock_.check() == RetentionClock::Verdict::trusted ? pace.after_step(rows().retain(keep_days_))
                                                                  : pace.rest;
    };
    return {{pace.first, retain}, {pace.size, [this, pace] {
                                       const std::int64_t most = max_mb_;
                                       return pace.after_check(most != 0 && rows().limit_size(most), most);
                                   }}};
}

void SessionLog::reconfigure(const Config& config) {
    keep_days_ = config.keep_days;
    max_mb_ = config.max_mb;
    may_skip_ = config.skips_rows();
}

void SessionLog::add(Position position) {
    {
        const std::lock_guard lock(mutex_);
        pending_.push_back(position);
    }
    thread_.nudge();
}

Position SessionLog::logged_up_to(Position tail) {
    const std::lock_guard lock(mutex_);
    return pending_.empty() ? tail : pending_.front();
}

bool SessionLog::is_behind() {
    const std::lock_guard lock(mutex_);
    return !pending_.empty() || skipped_.count() > 0;
}

SessionRows& SessionLog::rows() {
    if (!rows_) rows_.emplace(directory_);
    return *rows_;
}

std::vector<Position> SessionLog::next_batch() {
    const std::lock_guard lock(mutex_);
    const auto count = std::min(pending_.size(), rows_a_transaction);
    return {pending_.begin(), pending_.begin() + static_cast<std::ptrdiff_t>(count)};
}

void SessionLog::write(const std::atomic<bool>& /*stopping*/) {
    if (const std::uint64_t count = skipped_.count(); count > 0) {
        rows().report(skipped_);
        journal(Priority::warning, "log-skipped", std::to_string(count) + " rows of sessions and events were skipped");
    }
    const std::vector<Position> batch = next_batch();
    if (batch.empty()) return;
    rows().write(*segment_, batch);
    const std::lock_guard lock(mutex_);
    pending_.erase(pending_.begin(), pending_.begin() + static_cast<std::ptrdiff_t>(batch.size()));
}

void SessionLog::on_trouble(std::chrono::milliseconds since) {
    if (!may_skip_ || since < skip_after) return;
    const QueueReader reader(segment_->queue_ring());
    const std::lock_guard lock(mutex_);
    if (pending_.empty()) return;
    const Position tail = segment_->words().tail.load(std::memory_order_acquire);
    const auto end = SkippedRows::end_of_skipping(pending_.front(), tail, segment_->queue_ring().size());
    if (!end) return;
    if (skipped_.count() == 0)
        journal(Priority::warning, "log-skipped", "Rows of sessions and events are skipped until they can be written");
    for (; !pending_.empty() && pending_.front() < *end; pending_.pop_front()) {
        const auto entry = reader.read(pending_.front(), tail);
        const auto record = entry && !entry->padding ? decode(entry->bytes) : std::nullopt;
        if (record) skipped_.add(1, record->sequence);
    }
}

}  // namespace chat
