// Answers to the client that sent a command, unless they belong to another family. The time for /date and /time is the
// record's own.
#pragma once

#include "shared/records/error_code.h"
#include "shared/records/record.h"

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>

namespace chat {

// The rows of lists of clients and of help, packed.
struct ClientInfo {
    std::uint32_t id;
    Microseconds connected_at;
    std::string_view name;
    bool you;
    bool has_account = false;
    bool is_away = false;
    bool is_operator = false;  // these two: of the room whose members are listed
    bool has_voice = false;
};
inline constexpr std::size_t largest_client_info = 16 + max_name_size;
// The longest line that delivery renders for a client.
inline constexpr std::size_t largest_client_line = 176;
// A longer list is sent in parts, so that it waits for room in the outbox of the client that requested it. In bytes of
// rendered lines; a part has at least one row. Each part but the last has a cursor: what identifies its last row to the
// acceptor. Its `count` is that of all rows so far.
inline constexpr std::size_t largest_list_part = 8192;
void append_client_info(std::string& rows, const ClientInfo& info);
[[nodiscard]] std::optional<ClientInfo> take_client_info(std::string_view& rows) noexcept;

struct HelpInfo {
    std::string_view command;  // with its slash
    std::string_view usage;    // the whole line for people
};
inline constexpr std::size_t largest_help = 16'384;  // all rows in total
void append_help_info(std::string& rows, const HelpInfo& info);
[[nodiscard]] std::optional<HelpInfo> take_help_info(std::string_view& rows) noexcept;

namespace records {

// For a switch over the kinds of this family; a record of another family has none of these values.
enum class AnswerKind : std::uint16_t {
    clients = static_cast<std::uint16_t>(RecordKind::clients),
    help = static_cast<std::uint16_t>(RecordKind::help),
    echo = static_cast<std::uint16_t>(RecordKind::echo),
    date = static_cast<std::uint16_t>(RecordKind::date),
    time = static_cast<std::uint16_t>(RecordKind::time),
    error = static_cast<std::uint16_t>(RecordKind::error),
    result = static_cast<std::uint16_t>(RecordKind::result),
    done = static_cast<std::uint16_t>(RecordKind::done),
    history = static_cast<std::uint16_t>(RecordKind::history),  // records/history.h
    unread = static_cast<std::uint16_t>(RecordKind::unread),    // records/unread.h
    dialect_answer = static_cast<std::uint16_t>(RecordKind::dialect_answer),
};
[[nodiscard]] constexpr AnswerKind answer_kind(const Record& record) noexcept {
    return static_cast<AnswerKind>(record.kind);
}

// A part of a list that continues in a later record: its cursor, and the number of rows so far.
[[nodiscard]] inline bool is_part_of_list(const Record& record) noexcept {
    return record.has(record_flag::more);
}
[[nodiscard]] inline std::string_view cursor_in(const Record& record) noexcept {
    return is_part_of_list(record) ? record.target : std::string_view{};
}
[[nodiscard]] inline std::uint32_t rows_so_far(const Record& record) noexcept {
    return record.number;
}

struct Clients {
    std::string_view rows = {};    // ClientInfo…
    std::uint32_t count = 0;       // of a list
    std::string_view list = {};    // the word in the closing line; empty: no such line, the row is the sender's own
    std::string_view cursor = {};  // of a part that is not the last; then there is no closing line

    [[nodiscard]] Record record() const noexcept {
        const std::uint16_t kind = list.empty() ? std::uint16_t{0} : record_flag::is_list;
        return {.kind = RecordKind::clients,
                .flags = cursor.empty() ? kind : record_flag::more,
                .number = count,
                .target = cursor.empty() ? list : cursor,
                .text = rows};
    }
    [[nodiscard]] static Clients of(const Record& record) noexcept {
        return {record.text, record.number, record.has(record_flag::is_list) ? record.target : std::string_view{},
                cursor_in(record)};
    }
};

struct Help {
    std::string_view rows = {};  // HelpInfo…
    std::uint32_t count = 0;

    [[nodiscard]] Record record() const noexcept { return {.kind = RecordKind::help, .number = count, .text = rows}; }
    [[nodiscard]] static Help of(const Record& record) noexcept { return {record.text, record.number}; }
};

struct Echo {
    std::string_view text = {};

    [[nodiscard]] Record record() const noexcept { return {.kind = RecordKind::echo, .text = text}; }
    [[nodiscard]] static Echo of(const Record& record) noexcept { return {record.text}; }
};

struct Date {
    [[nodiscard]] Record record() const noexcept { return {.kind = RecordKind::date}; }
    [[nodiscard]] static Date of(const Record& /*record*/) noexcept { return {}; }
};

struct Time {
    [[nodiscard]] Record record() const noexcept { return {.kind = RecordKind::time}; }
    [[nodiscard]] static Time of(const Record& /*record*/) noexcept { return {}; }
};

// The command succeeded, and there is nothing else to say.
struct Done {
    [[nodiscard]] Record record() const noexcept { return {.kind = RecordKind::done}; }
    [[nodiscard]] static Done of(const Record& /*record*/) noexcept { return {}; }
};

// The calculator's result.
struct Result {
    std::string_view expression = {};
    std::string_view value = {};  // at most max_name_size bytes

    [[nodiscard]] Record record() const noexcept {
        return {.kind = RecordKind::result, .target = value, .text = expression};
    }
    [[nodiscard]] static Result of(const Record& record) noexcept { return {record.text, record.target}; }
};

// An answer that the acceptor's half of the client's dialect has written itself, and what the line changes in the row
// that this dialect keeps for the client. Only the dialect knows how both are encoded.
struct DialectAnswer {
    std::string_view row = {};  // the bytes of the row; empty: it stays as it is
    std::string_view lines = {};
    std::string_view cursor = {};  // of a part of a list that is not the last
    std::uint8_t news = 0;         // what the record's receivers learn of the row; 0: nothing

    // The record views `text`.
    [[nodiscard]] Record record(std::string& text) const;
    [[nodiscard]] static DialectAnswer of(const Record& record) noexcept;
};

struct Error {
    ErrorCode code = ErrorCode::busy;
    std::string_view text = {};
    bool noted = false;  // also a row of the event table: NoteKind::too_fast

    [[nodiscard]] Record record() const noexcept {
        return {.kind = RecordKind::error,
                .flags = noted ? record_flag::noted : std::uint16_t{0},
                .number = static_cast<std::uint32_t>(code),
                .text = text};
    }
    [[nodiscard]] static Error of(const Record& record) noexcept {
        return {static_cast<ErrorCode>(record.number), record.text, record.has(record_flag::noted)};
    }
    // Also logs it as a row of the event table.
    static void note(Record& record) noexcept { record.flags |= record_flag::noted; }
};

}  // namespace records
}  // namespace chat
