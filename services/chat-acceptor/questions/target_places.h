// The newest message of each place that a client may see: the rooms that it is in, and the conversations of its
// account.
#pragma once

#include "chat-acceptor/questions/history_pages.h"
#include "chat-acceptor/questions/targets_question.h"
#include "shared/log/database.h"

#include <cstdint>
#include <string>
#include <vector>

namespace chat {

// A connection to the database. Every function throws DatabaseError; the call can then be repeated on another
// connection.
class TargetPlaces {
  public:
    static constexpr std::size_t most_places = 1000;  // that are looked at

    explicit TargetPlaces(const std::string& directory);

    // Without rows above `upto`. `pages` says what may be seen.
    [[nodiscard]] Answer read(const TargetsQuestion& asked, HistoryPages& pages, std::uint64_t upto);

  private:
    [[nodiscard]] std::vector<std::uint64_t> correspondents_of(std::uint64_t account, std::uint64_t upto);

    Database database_;
    Statement correspondents_;
};

}  // namespace chat
