// Up to which times readers have read: what IRC clients have set, and the times of the messages that /seen has named.
#pragma once

#include "chat-acceptor/questions/history_pages.h"
#include "chat-acceptor/questions/marker_question.h"
#include "shared/log/database.h"

#include <cstdint>
#include <string>

namespace chat {

// A connection to the database. Every function throws DatabaseError; the call can then be repeated on another
// connection.
class ReadMarkers {
  public:
    static constexpr std::int64_t most = 1000;  // places of one reader

    explicit ReadMarkers(const std::string& directory);

    // Without rows above `upto`.
    [[nodiscard]] Answer read(const MarkerQuestion& asked, HistoryPages& pages, std::uint64_t upto);

  private:
    Database database_;
    Statement until_;
    Statement seen_;
    Statement count_;
};

}  // namespace chat
