// Remembers which senders were told within the last minute that the receiver of their message is away. It is lost with
// the process, so a successor may tell a sender again.
#pragma once

#include "shared/memory/client_table.h"
#include "shared/records/message.h"
#include "shared/records/record.h"
#include "shared/system/clock.h"

#include <cstddef>
#include <cstdint>
#include <map>
#include <utility>

namespace chat {

class AwayNotices {
  public:
    static constexpr Microseconds pause = 60'000'000;
    static constexpr std::size_t most = 10'000;  // pairs; with more, everyone is told again

    // Of sessions, at this wall time.
    [[nodiscard]] bool is_due(std::uint64_t sender, std::uint64_t receiver, Microseconds now) const {
        const auto told = told_.find({sender, receiver});
        return told == told_.end() || now >= told->second + pause || now < told->second;
    }
    // After a record was published; `at` is its time.
    void note(const Record& record, Microseconds at) {
        if (!records::tells_away(record)) return;
        if (told_.size() >= most) forget(at);
        told_[{record.session, records::target_fields(record).session}] = at;
    }

  private:
    void forget(Microseconds now) {
        std::erase_if(told_, [&](const auto& told) { return now >= told.second + pause; });
        if (told_.size() >= most) told_.clear();
    }

    std::map<std::pair<std::uint64_t, std::uint64_t>, Microseconds> told_;
};

}  // namespace chat
