// Measuring and aligning.
#include "control/table.h"

#include "shared/text/printable.h"
#include "shared/text/text_rules.h"

#include <algorithm>
#include <cstddef>

namespace chat {
namespace {

constexpr std::size_t gap = 2;

}  // namespace

void Table::add(std::vector<std::string> cells) {
    for (std::string& cell : cells) cell = printable(cell);
    cells.resize(columns_.size());
    rows_.push_back(std::move(cells));
}

std::string Table::text() const {
    if (rows_.empty()) return {};
    std::vector<std::string> headings;
    for (const Column& column : columns_) headings.emplace_back(column.heading);
    std::vector<std::size_t> widths(columns_.size());
    const auto measure = [&widths](const std::vector<std::string>& cells) {
        for (std::size_t i = 0; i < cells.size(); ++i) widths[i] = std::max(widths[i], count_code_points(cells[i]));
    };
    measure(headings);
    for (const auto& row : rows_) measure(row);

    std::string text;
    const auto write = [&](const std::vector<std::string>& cells) {
        std::string line;
        for (std::size_t i = 0; i < cells.size(); ++i) {
            if (i > 0) line.append(gap, ' ');
            const std::string padding(widths[i] - count_code_points(cells[i]), ' ');
            line += columns_[i].is_number ? padding + cells[i] : cells[i] + padding;
        }
        line.erase(line.find_last_not_of(' ') + 1);
        text += line + '\n';
    };
    write(headings);
    for (const auto& row : rows_) write(row);
    return text;
}

}  // namespace chat
