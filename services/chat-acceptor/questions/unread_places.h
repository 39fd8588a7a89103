// Counts what an account has not read: in the rooms that the client is in, by the index of history, and in its
// conversations. What is not in the index yet is found by one search through the newest rows, for all places together.
#pragma once

#include "chat-acceptor/questions/history_pages.h"
#include "chat-acceptor/questions/unread_question.h"
#include "shared/log/database.h"

#include <cstdint>
#include <map>
#include <optional>
#include <string>
#include <string_view>

namespace chat {

// A connection to the database. Every function throws DatabaseError; the call can then be repeated on another
// connection.
class UnreadPlaces {
  public:
    static constexpr std::uint64_t most_counted = 1000;  // in a place

    explicit UnreadPlaces(const std::string& directory);

    // Without rows above `upto`. `pages` says what may be seen.
    [[nodiscard]] Answer read(const UnreadQuestion& asked, HistoryPages& pages, std::uint64_t upto);

  private:
    struct Place {
        std::uint64_t low = 0;  // messages from this one on are not read
        std::uint64_t other = 0;
        std::string name = {};
        std::uint64_t count = 0;
        std::uint64_t first = 0;
        std::uint64_t last = 0;
    };
    // By the key of the table `seen`.
    using Places = std::map<std::string, Place, std::less<>>;

    void add_rooms(const UnreadQuestion& asked, HistoryPages& pages, std::uint64_t upto, Places& places);
    void add_talks(const UnreadQuestion& asked, Places& places);
    [[nodiscard]] std::optional<std::uint64_t> mark_of(std::uint64_t account, std::string_view place);
    void count_indexed(std::uint64_t account, std::string_view kind, const std::string& name, std::uint64_t upto,
                       Place& place);
    void count_unindexed(const UnreadQuestion& asked, std::uint64_t indexed, std::uint64_t upto, Places& places);
    static void count(Place& place, std::uint64_t id, std::string_view sender_name);

    Database database_;
    Statement mark_;
    Statement talks_;
    Statement place_;
    Statement blocks_;
    Statement row_;
    Statement newest_;
};

}  // namespace chat
