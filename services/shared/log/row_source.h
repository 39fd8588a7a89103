// Rows in memory that a statement reads like a table: INSERT … SELECT * FROM NAME costs less than binding each value.
// https://www.sqlite.org/vtab.html#eponymous_only_virtual_tables
#pragma once

#include "shared/log/database.h"

#include <cstddef>
#include <cstdint>
#include <string_view>
#include <variant>

namespace chat {

using ColumnValue = std::variant<std::monostate, std::int64_t, std::string_view>;  // the first: NULL

class RowSource {
  public:
    RowSource() = default;
    RowSource(const RowSource&) = delete;
    RowSource& operator=(const RowSource&) = delete;
    virtual ~RowSource() = default;

    // From now on, statements of this connection find it under `name`. It must outlive the last of them.
    void add_to(Database& database, const char* name, int columns) const;

    // What a statement that runs now will find. `row` and `column` count from 0. A text must stay valid until the
    // statement has ended.
    [[nodiscard]] virtual std::size_t rows() const noexcept = 0;
    [[nodiscard]] virtual ColumnValue value(std::size_t row, int column) const noexcept = 0;
};

}  // namespace chat
