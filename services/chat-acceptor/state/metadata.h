// The values of metadata, of clients and of rooms. The rows are in shared memory and follow from the records alone
// (apply); which of them belong to an owner is derived from them.
#pragma once

#include "chat-acceptor/state/rooms.h"
#include "shared/memory/metadata_table.h"
#include "shared/memory/segment.h"
#include "shared/records/record.h"

#include <cstddef>
#include <cstdint>
#include <string_view>
#include <vector>

namespace chat {

class Metadata {
  public:
    explicit Metadata(const Segment& segment);

    // Applies a committed record, after it was applied to the rooms and before it is applied to the rows of clients;
    // idempotent.
    void apply(const Record& record, const Rooms& rooms);

    // In the order of the keys; valid until a record is applied.
    [[nodiscard]] std::vector<const MetadataRow*> of_client(SlotId client) const;
    [[nodiscard]] std::vector<const MetadataRow*> of_room(Room room) const;
    // The keys that it has: metadata_bit().
    [[nodiscard]] std::uint32_t keys_of_client(SlotId client) const noexcept;
    // Is there a place for one more value, of any owner?
    [[nodiscard]] bool has_place(const Rooms& rooms) const noexcept;
    [[nodiscard]] std::size_t capacity() const noexcept { return segment_->metadata().size(); }

  private:
    using Index = std::uint32_t;  // of a row
    struct Owner {
        bool is_room;
        std::uint32_t index;
        std::uint64_t number;  // MetadataRow::owner
    };

    [[nodiscard]] MetadataRow& row(Index index) const noexcept { return segment_->metadata()[index]; }
    [[nodiscard]] const std::vector<Index>& indexes(const Owner& owner) const noexcept {
        return owner.is_room ? of_room_[owner.index] : of_slot_[owner.index];
    }
    [[nodiscard]] std::vector<Index>& indexes(const Owner& owner) noexcept {
        return owner.is_room ? of_room_[owner.index] : of_slot_[owner.index];
    }
    [[nodiscard]] std::vector<const MetadataRow*> of(const Owner& owner) const;
    // Rooms close without a record of their own.
    [[nodiscard]] bool is_stale(const MetadataRow& row, const Rooms& rooms) const noexcept;
    void change(const Record& record, const Rooms& rooms);
    void set(const Record& record, const Owner& owner, std::uint8_t key, std::string_view value, const Rooms& rooms);
    void remove(const Owner& owner, Index index);
    void remove_all(SlotId client);
    void release(Index index);
    void free_stale_rows(const Rooms& rooms);

    const Segment* segment_;
    std::vector<Index> free_;
    std::vector<std::vector<Index>> of_slot_;
    std::vector<std::vector<Index>> of_room_;
};

}  // namespace chat
