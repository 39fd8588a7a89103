// Which messages there are, for those who want to delete one.
#pragma once

#include "chat-acceptor/questions/deletion_question.h"
#include "chat-acceptor/questions/history_pages.h"
#include "shared/log/database.h"

#include <cstdint>
#include <string>

namespace chat {

// A connection to the database. Every function throws DatabaseError; the call can then be repeated on another
// connection.
class DeletableMessages {
  public:
    explicit DeletableMessages(const std::string& directory);

    // `pages` tells what the client may see of what was said before it came; `upto` as there.
    [[nodiscard]] Answer read(const DeletionQuestion& asked, HistoryPages& pages, std::uint64_t upto);

  private:
    [[nodiscard]] DeletionAnswer find(const DeletionQuestion& asked);
    // In a room.
    [[nodiscard]] static bool is_visible(const DeletionQuestion& asked, HistoryPages& pages, std::uint64_t upto);
    [[nodiscard]] bool has_received(const DeletionQuestion& asked);
    // The first id of a room whose history is kept when it is empty; otherwise what the question says.
    [[nodiscard]] std::int64_t begin_of(const DeletionQuestion& asked);

    Database database_;
    Statement message_;
    Statement room_;
    Statement receipt_;
};

}  // namespace chat
