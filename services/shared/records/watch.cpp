// Packing changes of what is watched.
#include "shared/records/watch.h"

#include "shared/records/packing.h"

#include <algorithm>

namespace chat {

void append_watch_change(std::string& rows, const WatchChange& change) {
    pack(rows, static_cast<std::uint8_t>(change.form), change.name);
}

std::optional<WatchChange> take_watch_change(std::string_view& rows) noexcept {
    std::uint8_t form = 0;
    WatchChange change;
    if (!take(rows, form, change.name) || form > static_cast<std::uint8_t>(WatchChange::Form::cleared))
        return std::nullopt;
    change.form = static_cast<WatchChange::Form>(form);
    return change;
}

namespace records {

Record Watched::record(std::string& text) const {
    text.assign(rows).append(lines);
    return {.kind = RecordKind::watched, .target_id = static_cast<std::uint32_t>(rows.size()), .text = text};
}

Watched Watched::of(const Record& record) noexcept {
    const std::size_t size = std::min<std::size_t>(record.target_id, record.text.size());
    return {record.text.substr(0, size), record.text.substr(size)};
}

}  // namespace records
}  // namespace chat
