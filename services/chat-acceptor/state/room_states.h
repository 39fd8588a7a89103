// The topic, the modes and the lists of rooms. They are in shared memory and follow from the records alone (apply).
#pragma once

#include "chat-acceptor/state/room_lists.h"
#include "chat-acceptor/state/rooms.h"
#include "shared/memory/room_table.h"
#include "shared/memory/segment.h"
#include "shared/records/record.h"

#include <optional>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

namespace chat {

// The mode with this letter; empty: it is not one that is just on or off.
[[nodiscard]] std::optional<RoomMode> room_mode_of(char letter) noexcept;
// `+nt`, and what the modes take as parameters, if anything.
[[nodiscard]] std::string letters_of(const RoomState& state);

class RoomStates {
  public:
    explicit RoomStates(const Segment& segment);

    // Applies a committed record, after it was applied to the rooms; idempotent.
    void apply(const Record& record, const Rooms& rooms);

    // Of an open room.
    [[nodiscard]] RoomState of(Room room) const noexcept;
    [[nodiscard]] const RoomLists& lists() const noexcept { return lists_; }
    // Does anything keep some of its members from writing?
    [[nodiscard]] bool restricts_writing(Room room) const noexcept { return restricts_writing_[room]; }

  private:
    void open(std::string_view name, const Record& record, const Rooms& rooms);
    void set_topic(const Record& record, const Rooms& rooms);
    void change_modes(const Record& record, const Rooms& rooms);

    void note_restrictions(Room room);

    const Segment* segment_;
    RoomLists lists_;
    std::vector<bool> restricts_writing_;
};

}  // namespace chat
