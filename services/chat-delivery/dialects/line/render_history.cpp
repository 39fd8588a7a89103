// Renders pages of history.
#include "chat-delivery/dialects/line/render_history.h"

#include "chat-delivery/dialects/line/spelling.h"
#include "shared/records/history.h"
#include "shared/records/unread.h"
#include "shared/text/formatting.h"

namespace chat {
namespace {

void append_row(std::string& out, const HistoryInfo& row, std::string_view room, std::string_view tag) {
    out += "history";
    append_field(out, "id", row.id);
    append_field(out, "from", row.from);
    append_field(out, "name", row.name);
    append_account(out, row.has_account);
    switch (row.scope) {
        case MessageScope::direct:
            append_field(out, "to", row.to);
            break;
        case MessageScope::room:
            append_field(out, "to", "room:");
            out += room;
            break;
        case MessageScope::group:
        case MessageScope::broadcast:
            append_field(out, "to", "all");
            break;
    }
    out += " at=";
    append_time(out, row.at);
    if (!row.form.empty()) append_field(out, "as", row.form);
    append_tag(out, tag);
    if (has_formatting(row.text))
        end_line(out, without_formatting(row.text));
    else
        end_line(out, row.text);
}

}  // namespace

void append_kept_message(std::string& out, const HistoryInfo& message, std::uint32_t to) {
    out += "message";
    append_field(out, "id", message.id);
    append_field(out, "from", message.from);
    append_field(out, "name", message.name);
    append_account(out, message.has_account);
    append_field(out, "to", to);
    out += " at=";
    append_time(out, message.at);
    if (!message.form.empty()) append_field(out, "as", message.form);
    append_field(out, "kept", "yes");
    end_line(out, message.text);
}

void append_unread(std::string& out, const Record& record) {
    const auto unread = records::Unread::of(record);
    std::string_view rows = unread.rows;
    while (const auto row = take_unread_info(rows)) {
        out += "unread";
        append_field(out, "place", row->is_room ? "room:" : "");
        out += row->name;
        append_field(out, "count", row->count);
        append_field(out, "first", row->first);
        append_field(out, "last", row->last);
        append_tag(out, record.tag);
        end_line(out);
    }
    append_end(out, "unread", unread.count, record.tag);
}

void append_history(std::string& out, const Record& record) {
    const auto page = records::History::of(record);
    std::string_view rows = page.rows;
    std::uint64_t first = 0;
    std::uint64_t last = 0;
    while (const auto row = take_history_info(rows)) {
        append_row(out, *row, page.room, record.tag);
        if (first == 0) first = row->id;
        last = row->id;
    }
    out += "end";
    append_field(out, "of", "history");
    append_field(out, "count", page.count);
    if (first != 0) {
        append_field(out, "first", first);
        append_field(out, "last", last);
    }
    append_field(out, "upto", page.upto);
    append_field(out, "more", page.more ? "yes" : "no");
    append_field(out, "complete", page.complete ? "yes" : "no");
    append_tag(out, record.tag);
    end_line(out);
}

}  // namespace chat
