// A table for people: columns as wide as their widest cell, numbers aligned to the right, two spaces between columns.
#pragma once

#include <string>
#include <string_view>
#include <vector>

namespace chat {

class Table {
  public:
    struct Column {
        std::string_view heading;
        bool is_number = false;  // aligned to the right
    };
    explicit Table(std::vector<Column> columns) : columns_(std::move(columns)) {}

    // As many cells as there are columns. They are made fit for a terminal.
    void add(std::vector<std::string> cells);
    // The table with its headings, one line per row; empty if there are no rows.
    [[nodiscard]] std::string text() const;

  private:
    std::vector<Column> columns_;
    std::vector<std::vector<std::string>> rows_;
};

}  // namespace chat
