// New rows of the table message, several a statement: each of them costs less than with a statement of its own.
#pragma once

#include "shared/log/database.h"
#include "shared/log/row_source.h"
#include "shared/system/clock.h"

#include <array>
#include <cstddef>
#include <cstdint>
#include <optional>
#include <string_view>

namespace chat {

// The columns, see schema.sql. 0 and the empty text are NULL where the column may be; an absent text is too.
struct MessageRow {
    std::int64_t id = 0;
    Microseconds at = 0;
    std::string_view kind = {};
    std::int64_t sender = 0;
    std::int64_t receiver = 0;
    std::string_view channel = {};
    std::int64_t receivers = 0;
    bool discarded = false;
    std::int64_t characters = 0;
    std::optional<std::string_view> text = {};
    std::string_view sender_name = {};
    std::int64_t sender_account = 0;
    std::int64_t receiver_account = 0;
    std::string_view form = {};
};

// Uses one database connection, within the transactions of its user.
class MessageInserts final : RowSource {
  public:
    explicit MessageInserts(Database& database);

    // Rows wait until there are enough of them; their views must stay valid until then, or until flush().
    void add(const MessageRow& row);
    // Writes those that wait: before the transaction ends, and before anything looks for them.
    void flush();
    // Forgets those that wait, after a transaction that failed.
    void drop() noexcept { count_ = 0; }

  private:
    [[nodiscard]] std::size_t rows() const noexcept override { return count_; }
    [[nodiscard]] ColumnValue value(std::size_t row, int column) const noexcept override;

    static constexpr std::size_t rows_a_statement = 64;

    std::array<MessageRow, rows_a_statement> waiting_;
    std::size_t count_ = 0;
    std::optional<Statement> insert_;
};

}  // namespace chat
