// A list that may be longer than what waits for one client: as many rows as fit one part. The row of the client that
// requested it says where the previous part ended, so that a successor continues there.
#pragma once

#include "chat-acceptor/acts/draft.h"
#include "shared/memory/client_table.h"
#include "shared/records/answer.h"

#include <cstddef>
#include <cstdint>
#include <string>
#include <utility>

namespace chat {

class ListPart {
  public:
    explicit ListPart(const ClientRow& asker) : count_(asker.list_count) {}

    // Takes room for a line of at most `line` bytes; false: the row belongs to the next part.
    [[nodiscard]] bool take(std::size_t line) {
        if (bytes_ > 0 && bytes_ + line > largest_list_part) return false;
        bytes_ += line;
        ++count_;
        return true;
    }
    // The last row taken is this one.
    void set_cursor(std::string cursor) { cursor_ = std::move(cursor); }

    // `list` is the record of the whole list, without rows and count. `is_last`: nothing is left for a later part.
    template <typename List>
    [[nodiscard]] Draft finish(List list, std::string rows, bool is_last) && {
        list.count = count_;
        if (is_last) return Draft(list.record()).with_text(std::move(rows));
        list.cursor = cursor_;
        return Draft(list.record()).with_text(std::move(rows)).with_target(std::move(cursor_));
    }

  private:
    std::size_t bytes_ = 0;
    std::uint32_t count_;  // rows of all parts so far
    std::string cursor_;
};

}  // namespace chat
