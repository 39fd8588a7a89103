// The lists of rooms: bans, exceptions from them, exceptions from invitations, and invitations. The entries are in
// shared memory and follow from the records alone (apply); which of them belong to a room is derived from them.
#pragma once

#include "chat-acceptor/state/rooms.h"
#include "shared/memory/room_table.h"
#include "shared/memory/segment.h"
#include "shared/records/record.h"
#include "shared/records/room_rights.h"

#include <cstddef>
#include <cstdint>
#include <string_view>
#include <vector>

namespace chat {

inline constexpr std::string_view mask_lists = "beI";
inline constexpr char invitation_list = 'i';

class RoomLists {
  public:
    explicit RoomLists(const Segment& segment);

    // Applies a committed record, after it was applied to the rooms; idempotent.
    void apply(const Record& record, const Rooms& rooms);

    // In the order in which they were added; valid until a record is applied.
    [[nodiscard]] std::vector<const RoomEntry*> entries(Room room, char list) const;
    // Any entry for which this is true; nullptr: there is none.
    template <typename Is>
    [[nodiscard]] const RoomEntry* find_if(Room room, char list, Is is) const noexcept {
        for (const std::uint32_t index : of_room_[room]) {
            const RoomEntry& entry = segment_->room_entries()[index];
            if (entry.list == list && belongs(entry, room) && is(entry)) return &entry;
        }
        return nullptr;
    }
    // Of all lists of masks.
    [[nodiscard]] std::size_t mask_count(Room room) const noexcept;
    [[nodiscard]] bool has_bans(Room room) const noexcept;
    [[nodiscard]] const RoomEntry* find(Room room, char list, std::string_view mask) const noexcept;
    // Of open rooms, in the order in which they were added; valid until a record is applied.
    [[nodiscard]] std::vector<const RoomEntry*> invitations_of(SlotId client, const Rooms& rooms) const;
    [[nodiscard]] bool is_invited(Room room, SlotId client) const noexcept;
    // Are there places for so many further entries, of any rooms?
    [[nodiscard]] bool has_places(std::size_t count, const Rooms& rooms) const noexcept;

  private:
    [[nodiscard]] bool belongs(const RoomEntry& entry, Room room) const noexcept;
    [[nodiscard]] bool is_free(const RoomEntry& entry, const Rooms& rooms) const noexcept;
    [[nodiscard]] RoomEntry* find_place(const Rooms& rooms) const noexcept;
    void change(const Record& record, const Rooms& rooms);
    void invite(const Record& record, const Rooms& rooms);
    void add(RoomEntry entry, const Rooms& rooms);
    void remove(Room room, const RoomEntry& entry);

    const Segment* segment_;
    std::vector<std::vector<std::uint32_t>> of_room_;  // entries that may belong to it
};

}  // namespace chat
