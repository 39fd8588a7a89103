// The list of changes between the log's position and delivery's.
#include "chat-delivery/log/keepings.h"

#include <algorithm>

namespace chat {
namespace {

constexpr std::size_t most_keepings = 64;

}  // namespace

void Keepings::change(Position from, Keeping keeping) {
    const std::lock_guard lock(mutex_);
    if (keeping == changes_.back().keeping) return;
    changes_.push_back({from, keeping});
    if (changes_.size() <= most_keepings) return;
    // The database has been unavailable for that many changes. Merge the two oldest pending ones into the stricter of
    // both.
    changes_[1].keeping.messages = changes_[1].keeping.messages && changes_[2].keeping.messages;
    changes_[1].keeping.text = changes_[1].keeping.text && changes_[2].keeping.text;
    changes_.erase(changes_.begin() + 2);
}

Keepings::Stretch Keepings::at(Position at, Position head) {
    const std::lock_guard lock(mutex_);
    while (changes_.size() > 1 && changes_[1].from <= at) changes_.erase(changes_.begin());
    return {changes_.front().keeping, changes_.size() > 1 ? std::min(head, changes_[1].from) : head};
}

}  // namespace chat
