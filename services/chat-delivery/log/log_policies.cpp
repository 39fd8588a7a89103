// The list of changes between the log's position and delivery's.
#include "chat-delivery/log/log_policies.h"

#include <algorithm>

namespace chat {
namespace {

constexpr std::size_t max_policies = 64;

}  // namespace

void LogPolicies::change(Position from, LogPolicy policy) {
    const std::lock_guard lock(mutex_);
    if (policy == changes_.back().policy) return;
    changes_.push_back({from, policy});
    if (changes_.size() <= max_policies) return;
    // The database has been unavailable for that many changes. Merge the two oldest pending ones into the stricter of
    // both.
    changes_[1].policy.messages = changes_[1].policy.messages && changes_[2].policy.messages;
    changes_[1].policy.text = changes_[1].policy.text && changes_[2].policy.text;
    changes_.erase(changes_.begin() + 2);
}

LogPolicies::Span LogPolicies::at(Position at, Position head) {
    const std::lock_guard lock(mutex_);
    while (changes_.size() > 1 && changes_[1].from <= at) changes_.erase(changes_.begin());
    return {changes_.front().policy, changes_.size() > 1 ? std::min(head, changes_[1].from) : head};
}

}  // namespace chat
