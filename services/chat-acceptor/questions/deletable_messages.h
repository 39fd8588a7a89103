// Which messages there are, for those who want to delete one.
#pragma once

#include "chat-acceptor/questions/deletion_question.h"
#include "shared/log/database.h"

#include <string>

namespace chat {

// A connection to the database. Every function throws DatabaseError; the call can then be repeated on another
// connection.
class DeletableMessages {
  public:
    explicit DeletableMessages(const std::string& directory);

    [[nodiscard]] Answer read(const DeletionQuestion& asked);

  private:
    [[nodiscard]] DeletionAnswer find(const DeletionQuestion& asked);
    // The first id of a room whose history is kept when it is empty; otherwise what the question says.
    [[nodiscard]] std::int64_t begin_of(const DeletionQuestion& asked);

    Database database_;
    Statement message_;
    Statement room_;
};

}  // namespace chat
