// A read-only virtual table.
#include "shared/log/row_source.h"

#include <sqlite3.h>

#include <memory>
#include <new>
#include <string>

namespace chat {
namespace {

struct Definition {
    int columns;
    const RowSource* source;
};

struct Table : sqlite3_vtab {
    const RowSource* source = nullptr;
};

struct Cursor : sqlite3_vtab_cursor {
    std::size_t row = 0;
};

const RowSource& source_of(const sqlite3_vtab_cursor* cursor) noexcept {
    return *static_cast<const Table*>(cursor->pVtab)->source;
}

int connect(sqlite3* handle, void* data, int /*count*/, const char* const* /*words*/, sqlite3_vtab** table,
            char** /*error*/) {
    const auto& definition = *static_cast<const Definition*>(data);
    std::string columns = "CREATE TABLE source (c0";
    for (int column = 1; column < definition.columns; ++column) columns += ", c" + std::to_string(column);
    if (const int result = sqlite3_declare_vtab(handle, (columns + ")").c_str()); result != SQLITE_OK) return result;
    auto* made = new (std::nothrow) Table;
    if (made == nullptr) return SQLITE_NOMEM;
    made->source = definition.source;
    *table = made;
    return SQLITE_OK;
}

int disconnect(sqlite3_vtab* table) {
    delete static_cast<Table*>(table);
    return SQLITE_OK;
}

int plan(sqlite3_vtab* /*table*/, sqlite3_index_info* /*info*/) {
    return SQLITE_OK;  // from the first row to the last
}

int open(sqlite3_vtab* /*table*/, sqlite3_vtab_cursor** cursor) {
    *cursor = new (std::nothrow) Cursor;
    return *cursor == nullptr ? SQLITE_NOMEM : SQLITE_OK;
}

int close(sqlite3_vtab_cursor* cursor) {
    delete static_cast<Cursor*>(cursor);
    return SQLITE_OK;
}

int begin(sqlite3_vtab_cursor* cursor, int /*plan*/, const char* /*words*/, int /*count*/, sqlite3_value** /*values*/) {
    static_cast<Cursor*>(cursor)->row = 0;
    return SQLITE_OK;
}

int next(sqlite3_vtab_cursor* cursor) {
    ++static_cast<Cursor*>(cursor)->row;
    return SQLITE_OK;
}

int is_at_end(sqlite3_vtab_cursor* cursor) {
    return static_cast<const Cursor*>(cursor)->row >= source_of(cursor).rows() ? 1 : 0;
}

int column(sqlite3_vtab_cursor* cursor, sqlite3_context* result, int number) {
    const ColumnValue value = source_of(cursor).value(static_cast<const Cursor*>(cursor)->row, number);
    if (const auto* integer = std::get_if<std::int64_t>(&value))
        sqlite3_result_int64(result, *integer);
    else if (const auto* text = std::get_if<std::string_view>(&value))
        // A null pointer would be NULL instead of an empty text.
        sqlite3_result_text(result, text->empty() ? "" : text->data(), static_cast<int>(text->size()), SQLITE_STATIC);
    return SQLITE_OK;
}

int row_number(sqlite3_vtab_cursor* cursor, sqlite3_int64* number) {
    *number = static_cast<sqlite3_int64>(static_cast<const Cursor*>(cursor)->row);
    return SQLITE_OK;
}

// No xCreate: it exists without CREATE VIRTUAL TABLE, and leaves nothing in the file.
constexpr sqlite3_module module_of_sources() noexcept {
    sqlite3_module module{};
    module.xConnect = connect;
    module.xBestIndex = plan;
    module.xDisconnect = disconnect;
    module.xOpen = open;
    module.xClose = close;
    module.xFilter = begin;
    module.xNext = next;
    module.xEof = is_at_end;
    module.xColumn = column;
    module.xRowid = row_number;
    return module;
}

constexpr sqlite3_module source_module = module_of_sources();

}  // namespace

void RowSource::add_to(Database& database, const char* name, int columns) const {
    auto definition = std::make_unique<Definition>(Definition{columns, this});
    const int result = sqlite3_create_module_v2(database.handle_, name, &source_module, definition.release(),
                                                [](void* data) { delete static_cast<Definition*>(data); });
    if (result != SQLITE_OK) database.fail("adding rows in memory");
}

}  // namespace chat
