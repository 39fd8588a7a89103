// The answer to /history: one page of what was written in a place, as one record, so that it is delivered exactly once.
#pragma once

#include "shared/records/message.h"
#include "shared/records/record.h"

#include <algorithm>
#include <cstddef>
#include <cstdint>
#include <optional>
#include <string>
#include <string_view>

namespace chat {

// One message of a page, packed.
struct HistoryInfo {
    std::uint64_t id = 0;
    Microseconds at = 0;
    std::uint32_t from = 0;  // client ids at that time; 0: no longer known
    std::uint32_t to = 0;    // of a direct message
    MessageScope scope = MessageScope::room;
    bool has_account = false;  // the sender's name was proven
    std::string_view name = {};
    std::string_view form = {};  // action, notice or form_of_topic; empty: an ordinary message
    std::string_view text = {};
};
// Of a row that is not a message: its text is the topic that was set; empty: it was cleared.
inline constexpr std::string_view form_of_topic = "topic";
// The longest line that delivery renders for a row, without its text and the tag.
inline constexpr std::size_t largest_history_line = 256;
// The same for one row, with its name and text. Over IRC each line of the text is one of its own.
[[nodiscard]] inline std::size_t line_size_of(const HistoryInfo& row) noexcept {
    constexpr std::size_t without_them = 176;
    const auto breaks = static_cast<std::size_t>(std::count(row.text.begin(), row.text.end(), '\n'));
    return (without_them + row.name.size() + row.form.size()) * (1 + breaks) + row.text.size();
}
// The rendered lines of a page have at most so many bytes, and at most a quarter of the client's outbox; but a page has
// at least one row.
inline constexpr std::size_t largest_history_page = 49'152;
void append_history_info(std::string& rows, const HistoryInfo& info);
[[nodiscard]] std::optional<HistoryInfo> take_history_info(std::string_view& rows) noexcept;

namespace records {

struct History {
    std::string_view rows = {};  // HistoryInfo…, oldest first
    std::uint32_t count = 0;
    std::string_view room = {};  // the name of the room; empty: a conversation
    std::uint64_t upto = 0;      // the page is complete up to this number: what came later was sent live
    bool more = false;
    bool complete = true;

    [[nodiscard]] Record record() const noexcept {
        unsigned flags = more ? record_flag::more_rows : 0U;
        if (!complete) flags |= record_flag::incomplete;
        return {.kind = RecordKind::history,
                .flags = static_cast<std::uint16_t>(flags),
                .value = upto,
                .number = count,
                .target = room,
                .text = rows};
    }
    [[nodiscard]] static History of(const Record& record) noexcept {
        return {record.text,
                record.number,
                record.target,
                record.value,
                record.has(record_flag::more_rows),
                !record.has(record_flag::incomplete)};
    }
};

}  // namespace records
}  // namespace chat
