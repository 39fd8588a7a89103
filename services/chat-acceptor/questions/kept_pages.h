// Reads the messages that are kept for an account from the database.
#pragma once

#include "chat-acceptor/questions/kept_question.h"
#include "shared/log/database.h"

#include <cstdint>
#include <string>

namespace chat {

// A connection to the database. Every function throws DatabaseError; the call can then be repeated on another
// connection.
class KeptPages {
  public:
    explicit KeptPages(const std::string& directory);

    // Without what was kept by records above `upto`, which are not all in the database yet.
    [[nodiscard]] Answer read(const KeptQuestion& asked, std::uint64_t upto);

  private:
    Database database_;
    Statement count_;
    Statement rows_;
};

}  // namespace chat
