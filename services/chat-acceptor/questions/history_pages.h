// Pages of history from the database: which rows a client may see, and which of them it has asked for.
#pragma once

#include "chat-acceptor/questions/history_question.h"
#include "shared/log/database.h"
#include "shared/records/history.h"

#include <cstddef>
#include <cstdint>
#include <optional>
#include <string>
#include <vector>

namespace chat {

// A connection to the database. Every function throws DatabaseError; the call can then be repeated on another
// connection.
class HistoryPages {
  public:
    explicit HistoryPages(const std::string& directory);

    // The page, without rows above `upto`, which are not all in the database yet.
    [[nodiscard]] Answer read(const HistoryQuestion& question, std::uint64_t upto);
    // The lowest id that the client may see of a room; empty: its history is off.
    [[nodiscard]] std::optional<std::uint64_t> lowest_visible(const HistoryQuestion& room, std::uint64_t upto);

    // The highest id of a row before this time; 0: there is none.
    [[nodiscard]] std::uint64_t newest_before(Microseconds time, std::uint64_t upto);

  private:
    struct Range {
        std::uint64_t low;
        std::uint64_t high;
    };
    struct Row {
        HistoryInfo info;
        std::string name;
        std::string form;
        std::string text;
        [[nodiscard]] std::size_t line_size(const HistoryQuestion& asked) const noexcept;
    };
    using Rows = std::vector<Row>;
    enum class Order : std::uint8_t { oldest_first, newest_first };

    [[nodiscard]] std::uint64_t number_of(const char* key);
    // `with_topics`: they count as rows.
    [[nodiscard]] std::uint64_t first_since(Microseconds time, Range range, bool with_topics = false);
    [[nodiscard]] Range visible_range(const HistoryQuestion& asked, std::uint64_t upto);
    // What operators have set for the room. Empty: its history is off.
    [[nodiscard]] std::optional<HistoryQuestion> with_settings(HistoryQuestion asked);
    // At most `most` rows, and not many more bytes than a page has.
    struct Found {
        Rows rows = {};
        std::size_t bytes = 0;
        bool is_complete = true;  // otherwise there may be more behind rows that have no index yet
    };
    [[nodiscard]] Found find(const HistoryQuestion& asked, Range range, Order order, std::uint64_t most);
    [[nodiscard]] Found find_messages(const HistoryQuestion& asked, Range range, Order order, std::uint64_t most);
    // As far as messages were looked at.
    void add_topics(const HistoryQuestion& asked, Range range, Order order, std::uint64_t most, Found& found);
    // The two sources: the index, and a search through rows that are not in it.
    void find_indexed(const HistoryQuestion& asked, Range range, Order order, std::uint64_t most, Found& found);
    void find_unindexed(const HistoryQuestion& asked, Range range, Order order, std::uint64_t most, Found& found);
    [[nodiscard]] static bool is_full(const HistoryQuestion& asked, const Found& found, std::uint64_t most) noexcept;
    static void take(const HistoryQuestion& asked, const Statement& from, Found& found);
    [[nodiscard]] static Answer page_of(const HistoryQuestion& asked, std::uint64_t upto, Found found_older,
                                        Found found_newer);

    Database database_;
    Statement state_;
    Statement next_;
    Statement next_topic_;
    Statement newest_topics_;
    Statement oldest_topics_;
    Statement place_;
    Statement room_;
    Statement row_;
    Statement newest_blocks_;
    Statement oldest_blocks_;
};

}  // namespace chat
