// How many messages are kept for accounts that are away, as far as it is known: a copy in this process of what the
// database says, so that sending waits only the first time. And the messages that were kept while an account's login
// waits for the database: they become a part of its answer. Nothing here has to survive: a successor asks again.
#pragma once

#include "chat-acceptor/questions/question.h"
#include "shared/records/record.h"
#include "shared/system/clock.h"

#include <cstdint>
#include <optional>
#include <span>
#include <string>
#include <unordered_map>
#include <utility>
#include <vector>

namespace chat {

class KeptCounts {
  public:
    struct Collected {
        std::uint64_t id;
        std::string row;    // HistoryInfo
        std::size_t bytes;  // of its rendered line
    };

    // Empty: it has to be asked for.
    [[nodiscard]] std::optional<std::uint64_t> find(std::uint32_t account) const;
    // Takes an answer of Authority::kept; others are ignored.
    void learn(const Answer& answer);
    // Is this record one for note()?
    [[nodiscard]] static bool concerns(const Record& record) noexcept;
    // Such a record was published; it has its number.
    void note(const Record& record);

    // A message that was kept for this account has been deleted, by a record with this number.
    void note_deletion(std::uint32_t account, std::uint64_t sequence) { forget(account, sequence); }

    // A login to the account waits for the database from now on.
    void collect(std::uint32_t account);
    [[nodiscard]] std::span<const Collected> collected(std::uint32_t account) const;

  private:
    struct Count {
        std::uint64_t number;
        Microseconds learned_at;  // steady time
    };
    struct Collection {
        Microseconds begun_at;  // steady time
        std::vector<Collected> messages = {};
    };
    void note_kept(const Record& record);
    void forget(std::uint32_t account, std::uint64_t sequence);

    std::unordered_map<std::uint32_t, Count> counts_;
    // Answers without these records are not true any more: by account, and for all others.
    std::unordered_map<std::uint32_t, std::uint64_t> changed_by_;
    std::uint64_t all_changed_by_ = 0;
    std::unordered_map<std::uint32_t, Collection> collections_;
};

}  // namespace chat
