// Which records to write, and how far they are written.
#include "chat-acceptor/session_log.h"

#include <algorithm>
#include <utility>

namespace chat {
namespace {

constexpr std::size_t rows_a_transaction = 4096;

}  // namespace

SessionLog::SessionLog(const Segment& segment, std::string directory, std::int64_t keep_days, RetentionPace pace)
    : segment_(&segment),
      directory_(std::move(directory)),
      keep_days_(keep_days),
      thread_("session-log", *this,
              {{pace.first, [this, pace] { return pace.after_step(rows().retain(keep_days_)); }}}) {}

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
    return !pending_.empty();
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
    const std::vector<Position> batch = next_batch();
    if (batch.empty()) return;
    rows().write(*segment_, batch);
    const std::lock_guard lock(mutex_);
    pending_.erase(pending_.begin(), pending_.begin() + static_cast<std::ptrdiff_t>(batch.size()));
}

}  // namespace chat
