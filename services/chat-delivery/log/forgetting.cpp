// Finds a person's sessions and removes their texts, a few thousand rows at a time.
#include "chat-delivery/log/forgetting.h"

#include "shared/log/retention.h"
#include "shared/records/operator.h"
#include "shared/system/clock.h"

#include <array>

namespace chat {
namespace {

constexpr int rows_a_step = 4096;

// A table that is processed in order of its key, up to the request's number. `?` stands for the request.
struct Walk {
    const char* table;
    const char* key;
    const char* wanted;   // the rows to which the statement applies
    const char* before;   // the statement, before its condition
    const char* counted;  // column of the request that counts these rows; null: none
};
constexpr std::array walks = {
    Walk{"session", "session",
         "((SELECT client FROM forget WHERE number = ?) = CAST(client_id AS TEXT)"
         " OR (SELECT client FROM forget WHERE number = ?) = name COLLATE NOCASE"
         // A name taken after the request is not the one that the operator meant.
         " AND NOT EXISTS (SELECT 1 FROM event WHERE event > ? AND kind = 'login' AND event.session = "
         "session.session))",
         "INSERT OR IGNORE INTO forget_session SELECT ?, session FROM session", nullptr},
    // Names that a session had before its last one.
    Walk{"event", "event",
         "kind = 'login' AND session IS NOT NULL"
         " AND (SELECT client FROM forget WHERE number = ?) = detail COLLATE NOCASE",
         "INSERT OR IGNORE INTO forget_session SELECT ?, session FROM event", nullptr},
    Walk{"message", "id", "text IS NOT NULL AND sender IN (SELECT session FROM forget_session WHERE number = ?)",
         "UPDATE message SET text = NULL", "messages"},
    Walk{"kept", "message", "sender IN (SELECT session FROM forget_session WHERE number = ?)", "DELETE FROM kept",
         nullptr},
    Walk{"topic", "id", "text IS NOT NULL AND session IN (SELECT session FROM forget_session WHERE number = ?)",
         "UPDATE topic SET text = NULL", nullptr},
    Walk{"file", "id", "name IS NOT NULL AND sender IN (SELECT session FROM forget_session WHERE number = ?)",
         "UPDATE file SET name = NULL", "files"},
};
constexpr std::size_t first_of_texts = 2;

std::string filled_in(std::string_view pattern, const std::string& request) {
    std::string text;
    for (const char c : pattern) {
        if (c == '?')
            text += request;
        else
            text += c;
    }
    return text;
}

}  // namespace

Forgetting::Forgetting(Database& database) : database_(&database) {
    database_->execute("PRAGMA secure_delete = ON");
    database_->execute("PRAGMA temp_store = MEMORY");
    busy_ = number_of("SELECT EXISTS (SELECT 1 FROM forget WHERE outcome IS NULL)") != 0;
}

std::uint64_t Forgetting::number_of(const std::string& query) {
    return static_cast<std::uint64_t>(database_->query_number(query.c_str()));
}

void Forgetting::add(const Record& record) {
    const auto request = records::Forget::of(record);
    Statement insert(*database_,
                     "INSERT OR IGNORE INTO forget (number, at, operator, client, session) VALUES (?, ?, ?, ?, ?)");
    insert.bind(static_cast<std::int64_t>(record.sequence)).bind(record.at);
    insert.bind(request.operator_uid).bind(request.person);
    if (request.session != 0)
        insert.bind(static_cast<std::int64_t>(request.session));
    else
        insert.bind_null();
    insert.run();
    busy_ = true;
}

std::optional<Forgotten> Forgetting::step() {
    if (request_.empty()) {
        begin();
        return std::nullopt;
    }
    if (stage_ < walks.size()) {
        if (walk()) return std::nullopt;
        after_ = 0;
        if (++stage_ != first_of_texts) return std::nullopt;
        const ForgetOutcome outcome = outcome_so_far();
        if (outcome == ForgetOutcome::removed) return std::nullopt;
        return finish(outcome);
    }
    if (clean()) return std::nullopt;
    return finish(ForgetOutcome::removed);
}

void Forgetting::begin() {
    const std::uint64_t number = number_of("SELECT min(number) FROM forget WHERE outcome IS NULL");
    busy_ = number != 0;
    if (!busy_) return;
    request_ = std::to_string(number);
    after_ = 0;
    stage_ = 0;
    const std::string session = "(SELECT session FROM forget WHERE number = " + request_ + ")";
    if (number_of("SELECT " + session) == 0) return;
    // The request names the session itself.
    database_->execute(("INSERT OR IGNORE INTO forget_session SELECT " + request_ +
                        ", session FROM session WHERE session = " + session)
                           .c_str());
    stage_ = first_of_texts - 1;
    after_ = static_cast<std::int64_t>(number);
}

// Processes the next rows of the table; false: there are none.
bool Forgetting::walk() {
    const Walk& walk = walks[stage_];
    const std::string key = walk.key;
    const std::string from = key + " > " + std::to_string(after_) + " AND " + key;
    const auto last = static_cast<std::int64_t>(
        number_of("SELECT max(" + key + ") FROM (SELECT " + key + " FROM " + walk.table + " WHERE " + from + " < " +
                  request_ + " ORDER BY " + key + " LIMIT " + std::to_string(rows_a_step) + ")"));
    if (last == 0) return false;
    const std::string which =
        " WHERE " + from + " <= " + std::to_string(last) + " AND " + filled_in(walk.wanted, request_);
    // Query first: it takes no lock that blocks a writer, and usually there is nothing to do.
    if (number_of("SELECT EXISTS (SELECT 1 FROM " + std::string(walk.table) + which + ")") != 0) {
        Transaction transaction(*database_);
        database_->execute((filled_in(walk.before, request_) + which).c_str());
        if (walk.counted != nullptr) {
            const std::string column = walk.counted;
            database_->execute(
                ("UPDATE forget SET " + column + " = " + column + " + changes() WHERE number = " + request_).c_str());
        }
        transaction.commit();
    }
    after_ = last;
    return true;
}

ForgetOutcome Forgetting::outcome_so_far() {
    const std::uint64_t found = number_of("SELECT count(*) FROM forget_session WHERE number = " + request_);
    if (found == 0) return ForgetOutcome::unknown;
    const bool is_id = number_of("SELECT client GLOB '[0-9]*' FROM forget WHERE number = " + request_) != 0;
    return is_id && found > 1 ? ForgetOutcome::ambiguous : ForgetOutcome::removed;
}

// Free pages may predate secure_delete, and the write-ahead log holds earlier page contents. True: there is more to do.
bool Forgetting::clean() {
    held_up_ = false;
    if (release_free_pages(*database_, 0)) return true;
    held_up_ = !database_->empty_write_ahead_log();
    return held_up_;
}

Forgotten Forgetting::finish(ForgetOutcome outcome) {
    const std::uint64_t number = std::stoull(request_);
    Transaction transaction(*database_);
    Statement(*database_,
              "UPDATE forget SET outcome = ?, ended_at = ?,"
              " sessions = (SELECT count(*) FROM forget_session s WHERE s.number = forget.number) WHERE number = ?")
        .bind(word_of(outcome))
        .bind(wall_clock())
        .bind(static_cast<std::int64_t>(number))
        .run();
    database_->execute(("DELETE FROM forget_session WHERE number = " + request_).c_str());
    transaction.commit();
    request_.clear();
    return row(number);
}

Forgotten Forgetting::last_done() {
    return row(number_of("SELECT max(number) FROM forget WHERE outcome IS NOT NULL"));
}

Forgotten Forgetting::row(std::uint64_t number) {
    if (number == 0) return {};
    const auto column = [&](const std::string& name) {
        return number_of("SELECT " + name + " FROM forget WHERE number = " + std::to_string(number));
    };
    Forgotten done{number, ForgetOutcome::removed, column("sessions"), column("messages"), column("files")};
    for (const ForgetOutcome outcome : {ForgetOutcome::unknown, ForgetOutcome::ambiguous})
        if (column("outcome = '" + std::string(word_of(outcome)) + "'") != 0) done.outcome = outcome;
    return done;
}

}  // namespace chat
