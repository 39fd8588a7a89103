// Messages that were deleted lately: a page that was read from the log before that must not show them. Nothing here has
// to survive: a successor asks the log again.
#pragma once

#include "shared/records/history.h"

#include <algorithm>
#include <array>
#include <cstddef>
#include <cstdint>
#include <optional>
#include <string>
#include <string_view>

namespace chat {

class RecentDeletions {
  public:
    // A record with this number has deleted the message.
    void note(std::uint64_t message, std::uint64_t number) noexcept {
        Deletion& oldest = newest_[next_++ % newest_.size()];
        forgotten_ = oldest.number;
        oldest = {message, number};
        last_ = number;
    }

    // Is this message one of them?
    [[nodiscard]] bool holds(std::uint64_t message) const noexcept {
        return std::any_of(newest_.begin(), newest_.end(),
                           [message](const Deletion& deletion) { return deletion.message == message; });
    }

    struct Rest {
        std::string rows;           // HistoryInfo…
        std::uint64_t removed = 0;  // rows
    };
    // The rows of a page that has everything up to the number `upto`, without those that were deleted later. Empty: it
    // is not known any more which those are.
    [[nodiscard]] std::optional<Rest> without_deleted(std::string_view rows, std::uint64_t upto) const {
        if (last_ <= upto) return Rest{std::string(rows)};
        if (forgotten_ > upto) return std::nullopt;
        Rest rest;
        while (const auto row = take_history_info(rows)) {
            if (holds(row->id))
                ++rest.removed;
            else
                append_history_info(rest.rows, *row);
        }
        return rest;
    }

  private:
    struct Deletion {
        std::uint64_t message = 0;
        std::uint64_t number = 0;
    };

    std::array<Deletion, 256> newest_{};  // the next one takes the place of the oldest
    std::size_t next_ = 0;
    std::uint64_t last_ = 0;
    std::uint64_t forgotten_ = 0;  // number of the last one that is not here any more
};

}  // namespace chat
