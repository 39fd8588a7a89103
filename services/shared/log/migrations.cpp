// The numbered steps.
#include "shared/log/migrations.h"

#include "shared/log/database.h"
#include "shared/log/schema_sql.h"

#include <array>
#include <string>
#include <vector>

namespace chat {
namespace {

struct Column {
    const char* name;
    const char* type;
};

// A step adds columns to a table. New tables, and all views and triggers, need no step: they come from schema.sql.
struct Step {
    int version;  // of the database after this step
    const char* table;
    std::vector<Column> columns;
};

const std::array steps = {
    Step{1, "message", {{"sender_account", "INTEGER"}, {"sender_name_then", "TEXT"}, {"form", "TEXT"}}},
    Step{2, "message", {{"receiver_account", "INTEGER"}}},
};

std::int64_t version_of(Database& database) {
    return database.query_number("PRAGMA user_version");
}

bool exists(Database& database, const std::string& query) {
    return database.query_number(("SELECT EXISTS (SELECT 1 FROM " + query + ")").c_str()) != 0;
}

// Adds columns that are NULL in existing rows. ALTER TABLE ADD COLUMN changes the schema in the same way, but in a
// STRICT table SQLite 3.46 (not 3.40) then reads all rows under the write lock: 0.2 s of CPU per column and million
// rows. So this edits the table's text, as https://sqlite.org/lang_altertable.html describes for changes that do not
// affect the stored data.
void add_columns(Database& database, const Step& step) {
    const std::string table = step.table;
    std::string added;
    for (const Column& column : step.columns) {
        // A copy made by `.dump` already has the columns, but not the version.
        const std::string name = column.name;
        if (exists(database, "pragma_table_info('" + table + "') WHERE name = '" + name + "'")) continue;
        added.append(", ").append(name).append(" ").append(column.type);
    }
    if (added.empty()) return;
    const std::string end = ") STRICT";
    database.execute("PRAGMA writable_schema = ON");
    database.execute(("UPDATE sqlite_schema SET sql = substr(sql, 1, length(sql) - " + std::to_string(end.size()) +
                      ") || '" + added + end + "' WHERE type = 'table' AND name = '" + table + "' AND sql LIKE '%" +
                      end + "'")
                         .c_str());
    const bool done = database.query_number("SELECT changes()") == 1;
    database.execute("PRAGMA writable_schema = RESET");  // reloads the schema in this connection
    if (!done)
        throw DatabaseError("table " + table +
                            " does not have the definition that the server gave it, and cannot be migrated");
}

// Views and triggers hold no rows, so they are recreated from schema.sql. That also increments the schema version,
// which tells other connections about the change.
void drop_views(Database& database) {
    for (const char* view : {"message_log", "file_log"})
        database.execute(("DROP VIEW IF EXISTS " + std::string(view)).c_str());
    for (const char* trigger : {"message_discarded_late", "receipt_discarded_late"})
        database.execute(("DROP TRIGGER IF EXISTS " + std::string(trigger)).c_str());
}

}  // namespace

void check_version(Database& database) {
    const std::int64_t version = version_of(database);
    if (version > newest_database_version)
        throw DatabaseError("this database was written by a later release: it has version " + std::to_string(version) +
                            ", and chat " CHAT_VERSION " supports versions up to " +
                            std::to_string(newest_database_version) + ". Install that release again");
}

void migrate(Database& database) {
    if (version_of(database) == newest_database_version) return;
    Transaction transaction(database);
    check_version(database);
    const std::int64_t version = version_of(database);
    if (version == newest_database_version) return;  // the other daemon was faster
    for (const Step& step : steps) {
        if (version >= step.version ||
            !exists(database, "sqlite_schema WHERE name = '" + std::string(step.table) + "'"))
            continue;
        add_columns(database, step);
    }
    drop_views(database);
    database.execute(schema_sql);
    database.execute(("PRAGMA user_version = " + std::to_string(newest_database_version)).c_str());
    transaction.commit();
}

}  // namespace chat
