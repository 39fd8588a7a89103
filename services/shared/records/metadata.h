// Records about metadata: what IRC clients say of themselves and of channels, as keys with values.
#pragma once

#include "shared/memory/client_table.h"
#include "shared/memory/metadata_table.h"
#include "shared/records/record.h"

#include <array>
#include <cstdint>
#include <optional>
#include <span>
#include <string>
#include <string_view>

namespace chat {

// The keys that exist; each is stored as its place in this list, and in a bit of IrcRow::subscribed. Add at the end,
// never reorder.
inline constexpr std::array<std::string_view, 12> metadata_keys = {
    "avatar",   "bot",      "color",    "display-name", "email",    "homepage",
    "language", "location", "pronouns", "status",       "timezone", "url",
};
inline constexpr std::string_view key_not_set = "key not set";
[[nodiscard]] std::optional<std::uint8_t> find_metadata_key(std::string_view name) noexcept;
[[nodiscard]] constexpr std::uint32_t metadata_bit(std::uint8_t key) noexcept {
    return 1U << key;
}

// One change, packed.
struct MetadataChange {
    std::uint8_t key = 0;
    bool is_set = false;
    std::string_view value = {};  // of a key that is set

    friend bool operator==(const MetadataChange&, const MetadataChange&) = default;
};
inline constexpr std::size_t largest_metadata_change = 4 + max_metadata_value;
void append_metadata_change(std::string& rows, const MetadataChange& change);
[[nodiscard]] std::optional<MetadataChange> take_metadata_change(std::string_view& rows) noexcept;

namespace records {

// The sender has changed metadata of a room or of itself.
struct MetadataChanged {
    std::string_view rows = {};   // MetadataChange…
    std::string_view room = {};   // empty: of the sender
    std::string_view lines = {};  // for the sender, as in DialectAnswer
    std::span<const SlotId> receivers = {};

    // The record views `text`.
    [[nodiscard]] Record record(std::string& text) const;
    [[nodiscard]] static MetadataChanged of(const Record& record) noexcept;
};

}  // namespace records
}  // namespace chat
