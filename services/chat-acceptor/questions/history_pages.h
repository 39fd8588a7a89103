// Pages of history from the database: which rows a client may see, and which of them it has asked for.
#pragma once

#include "chat-acceptor/questions/history_question.h"
#include "shared/log/database.h"
#include "shared/records/history.h"

#include <cstddef>
#include <cstdint>
#include <string>
#include <vector>

namespace chat {

// A connection to the database. Every function throws DatabaseError; the call can then be repeated on another
// connection.
class HistoryPages {
  public:
    explicit HistoryPages(const std::string& directory);

    // The page, without rows above `upto`, which are not all in the database yet.
    [[nodiscard]] Answer read(const HistoryQuestion& asked, std::uint64_t upto);

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
    [[nodiscard]] std::uint64_t first_since(Microseconds time, Range range);
    [[nodiscard]] Range visible_range(const HistoryQuestion& asked, std::uint64_t upto);
    // At most `most` rows.
    [[nodiscard]] Rows find(const HistoryQuestion& asked, Range range, Order order, std::uint64_t most);
    [[nodiscard]] Answer page_of(const HistoryQuestion& asked, std::uint64_t upto, Rows older, Rows newer) const;

    Database database_;
    Statement state_;
    Statement next_;
};

}  // namespace chat
