// Rows in memory as a table of a statement.
#include "shared/log/row_source.h"

#include "tests/support/catch.h"
#include "tests/unit/scratch.h"

#include <string>
#include <vector>

namespace row_source_test {

using namespace chat;
using test::TemporaryDirectory;

namespace {

class Rows final : public RowSource {
  public:
    [[nodiscard]] std::size_t rows() const noexcept override { return values.size(); }
    [[nodiscard]] ColumnValue value(std::size_t row, int column) const noexcept override {
        return values[row][static_cast<std::size_t>(column)];
    }
    std::vector<std::vector<ColumnValue>> values;
};

// Each value as SQL would write it.
std::string all_of(Statement& query) {
    std::string text;
    while (query.step()) text += std::string(query.text(0)) + ',' + std::string(query.text(1)) + ';';
    return text;
}

}  // namespace

TEST_CASE("a statement reads rows that are in memory", "[database][D04]") {
    const TemporaryDirectory directory;
    Rows rows;
    Database database(directory.path());
    rows.add_to(database, "waiting", 2);
    Statement query(database, "SELECT quote(c0), quote(c1) FROM waiting");

    CHECK(all_of(query).empty());
    const std::string longer = "more than one";
    rows.values = {{std::int64_t{-7}, std::string_view(longer).substr(0, 4)},
                   {std::monostate(), std::string_view("")},
                   {std::int64_t{9'007'199'254'740'993}, std::string_view()}};
    CHECK(all_of(query) == "-7,'more';NULL,'';9007199254740993,'';");
    rows.values.resize(1);  // what is there when the statement runs
    CHECK(all_of(query) == "-7,'more';");
}

TEST_CASE("nothing of a row source is in the file, and a row that is refused refuses all", "[database][D04]") {
    const TemporaryDirectory directory;
    Rows rows;
    {
        Database database(directory.path());
        rows.add_to(database, "waiting", 2);
        Statement insert(database, "INSERT INTO late_discard (message, receiver) SELECT * FROM waiting");
        rows.values = {{std::int64_t{1}, std::int64_t{2}}, {std::int64_t{3}, std::monostate()}};  // NOT NULL
        CHECK_THROWS_AS(insert.run(), DatabaseError);
        CHECK(database.query_number("SELECT count(*) FROM late_discard") == 0);
        rows.values.pop_back();
        insert.run();
        CHECK(database.query_number("SELECT sum(message * 10 + receiver) FROM late_discard") == 12);
    }
    Database again(directory.path());
    CHECK(again.query_number("SELECT count(*) FROM sqlite_schema WHERE name = 'waiting'") == 0);
    CHECK_THROWS_AS(Statement(again, "SELECT * FROM waiting"), DatabaseError);
}

}  // namespace row_source_test
