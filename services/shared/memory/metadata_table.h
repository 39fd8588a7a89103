// What IRC clients say of themselves and of channels, as keys with values (draft/metadata-3). Only the acceptor uses
// these rows.
#pragma once

#include <algorithm>
#include <atomic>
#include <cstddef>
#include <cstdint>
#include <iterator>
#include <string_view>
#include <type_traits>

namespace chat {

inline constexpr std::size_t max_metadata_value = 300;  // bytes

// One value. It counts while its owner is there: a connected client, or an open room.
struct MetadataRow {
    std::uint64_t sequence;  // number of the record that set it; 0: unused. Stored last
    std::uint64_t owner;     // generation of the client, or RoomRow::opened
    std::uint32_t index;     // slot of the client, or index of the room
    std::uint8_t is_of_room;
    std::uint8_t key;  // records/metadata.h
    std::uint16_t value_size;
    char value[max_metadata_value];
    std::uint8_t unused[60];  // zero, for future fields

    [[nodiscard]] std::string_view value_view() const noexcept {
        return {value, std::min<std::size_t>(value_size, max_metadata_value)};
    }
    void set_value(std::string_view text) noexcept {
        value_size = static_cast<std::uint16_t>(std::min(text.size(), max_metadata_value));
        std::copy_n(text.data(), value_size, value);
    }
    // Of an unused row: nobody's words stay in memory.
    void clear_value() noexcept {
        std::fill(std::begin(value), std::end(value), '\0');
        std::atomic_signal_fence(std::memory_order_seq_cst);
        value_size = 0;
    }
};
static_assert(sizeof(MetadataRow) == 384 && std::is_trivially_copyable_v<MetadataRow>);

}  // namespace chat
