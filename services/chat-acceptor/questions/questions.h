// The pending questions, at most one per client, some per host, and a bounded number for each authority, in the order
// in which they were asked. Belongs to the loop's thread; answers come from any thread.
#pragma once

#include "chat-acceptor/questions/question.h"
#include "shared/memory/client_table.h"
#include "shared/system/address.h"
#include "shared/system/clock.h"
#include "shared/system/unique_fd.h"

#include <algorithm>
#include <array>
#include <cstddef>
#include <deque>
#include <memory>
#include <optional>
#include <utility>
#include <vector>

namespace chat {

class Questions {
  public:
    static constexpr std::size_t most_of_a_host = 8;

    // For each authority: at most `most` pending at a time, and each may take `timeout` to be answered, unless it says
    // otherwise.
    struct Patience {
        std::size_t most;
        Microseconds timeout;
    };
    Questions(std::size_t most, Microseconds timeout);

    void set_answerer(Authority authority, std::unique_ptr<Answerer> answerer) {
        set_answerer(authority, std::move(answerer), usual_);
    }
    void set_answerer(Authority authority, std::unique_ptr<Answerer> answerer, Patience patience);

    // False: too many are pending, or there is nobody to ask. `host`: that of the client; empty if it may have any
    // number of questions pending. What an earlier process may have asked is always asked again.
    [[nodiscard]] bool ask(SlotId client, const QuestionKey& key, const Question& question, Microseconds now,
                           const std::optional<Network>& host = {});
    // The client has left: the answer is no longer needed.
    void cancel(SlotId client) noexcept;

    struct Answered {
        SlotId client;
        Answer answer;
    };
    // Those that were answered, or have timed out by `now` (steady time).
    [[nodiscard]] std::vector<Answered> take_answered(Microseconds now);

    // Readable when an answer has come.
    [[nodiscard]] int fd() const noexcept;
    [[nodiscard]] bool empty() const noexcept { return asked_.empty(); }
    // Those that have not been answered.
    [[nodiscard]] std::size_t count(Authority authority) const noexcept {
        return static_cast<std::size_t>(std::count_if(
            asked_.begin(), asked_.end(), [authority](const Asked& asked) { return asked.authority == authority; }));
    }

  private:
    struct Asked {
        SlotId client;
        std::uint64_t number;
        Microseconds due;
        Authority authority;
        std::optional<Network> host;
    };
    struct Asking {
        std::unique_ptr<Answerer> answerer;
        Patience patience;
        std::size_t pending = 0;
    };
    // Where answers arrive; lives on while an answerer has work.
    struct Mailbox;

    Patience usual_;
    std::array<Asking, authority_count> authorities_;
    std::deque<Asked> asked_;
    std::uint64_t last_number_ = 0;
    std::shared_ptr<Mailbox> came_;
};

}  // namespace chat
