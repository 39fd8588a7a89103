// Packing changes of metadata.
#include "shared/records/metadata.h"

#include "shared/records/packing.h"

#include <algorithm>

namespace chat {

static_assert(metadata_keys.size() <= 32, "a mask has a bit for each");

std::optional<std::uint8_t> find_metadata_key(std::string_view name) noexcept {
    const auto found = std::find(metadata_keys.begin(), metadata_keys.end(), name);
    if (found == metadata_keys.end()) return std::nullopt;
    return static_cast<std::uint8_t>(found - metadata_keys.begin());
}

void append_metadata_change(std::string& rows, const MetadataChange& change) {
    const std::string_view value = change.value.substr(0, max_metadata_value);
    pack(rows, change.key, static_cast<std::uint8_t>(change.is_set ? 1 : 0), static_cast<std::uint16_t>(value.size()));
    rows.append(value);
}

std::optional<MetadataChange> take_metadata_change(std::string_view& rows) noexcept {
    MetadataChange change;
    std::uint16_t size = 0;
    if (!take(rows, change.key, change.is_set, size) || change.key >= metadata_keys.size() ||
        size > max_metadata_value || !take_text(rows, size, change.value))
        return std::nullopt;
    return change;
}

namespace records {

Record MetadataChanged::record(std::string& text) const {
    text.assign(rows).append(lines);
    return {.kind = RecordKind::metadata_changed,
            .target_id = static_cast<std::uint32_t>(rows.size()),
            .target = room,
            .text = text,
            .receivers = receivers};
}

MetadataChanged MetadataChanged::of(const Record& record) noexcept {
    const std::size_t size = std::min<std::size_t>(record.target_id, record.text.size());
    return {record.text.substr(0, size), record.target, record.text.substr(size), record.receivers};
}

}  // namespace records
}  // namespace chat
