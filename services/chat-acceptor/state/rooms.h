// Rooms and who is in them. Rows and memberships are in shared memory and follow from the records alone (apply); the
// maps on the heap are derived from them and rebuilt at start.
#pragma once

#include "shared/memory/room_table.h"
#include "shared/memory/segment.h"
#include "shared/records/record.h"
#include "shared/text/text_rules.h"

#include <cstdint>
#include <map>
#include <optional>
#include <set>
#include <span>
#include <string>
#include <string_view>
#include <vector>

namespace chat {

using Room = std::uint32_t;  // index of its row

class Rooms {
  public:
    // Throws DamagedSegment if the rows are inconsistent.
    explicit Rooms(const Segment& segment);

    // Applies a committed record, before the rows of clients show it; idempotent.
    void apply(const Record& record);

    // By name, ignoring case; the lobby always exists, any other room while it has a member.
    [[nodiscard]] std::optional<Room> find(std::string_view name) const;
    [[nodiscard]] std::string_view name(Room room) const noexcept { return entries_[room].name; }
    // Valid until a record is applied.
    [[nodiscard]] std::span<const SlotId> members(Room room) const noexcept { return entries_[room].members; }
    [[nodiscard]] bool is_member(SlotId client, Room room) const noexcept;
    // Numbers of the records with which the room was last opened, and with which the client's membership began; the
    // latter is empty without one.
    [[nodiscard]] std::uint64_t opened_by(Room room) const noexcept { return segment_->rooms()[room].opened; }
    [[nodiscard]] std::optional<std::uint64_t> joined_by(SlotId client, Room room) const noexcept;
    [[nodiscard]] RoomStanding standing(SlotId client, Room room) const noexcept;
    // A room in which somebody has to become the operator, because the last one has left it.
    [[nodiscard]] std::optional<Room> find_without_operator() const;
    // The lobby is first, the others follow by name. The room that follows this name in that order, whether or not
    // there still is a room of that name; the lobby if the name is empty.
    [[nodiscard]] std::optional<Room> next(std::string_view name) const;
    // The rooms of a client, possibly including the lobby.
    [[nodiscard]] std::vector<Room> rooms_of(SlotId client) const;

    // Limits: concurrent rooms, and rooms per client besides the lobby.
    [[nodiscard]] std::size_t count() const noexcept { return by_name_.size(); }
    [[nodiscard]] std::size_t capacity() const noexcept { return entries_.size(); }
    [[nodiscard]] bool has_place_for_another(SlotId client) const noexcept;

  private:
    struct Entry {
        std::string name;  // as first spelled
        std::vector<SlotId> members;
        std::vector<std::uint32_t> indexes;  // for each member: which of its memberships it is
        std::size_t operators = 0;
    };
    // A membership, as kept in this process.
    struct Place {
        std::uint32_t membership = 0;
        std::uint32_t position = 0;  // among the room's members
        std::uint32_t standing = 0;  // standing_bit
    };

    [[nodiscard]] bool is_here(SlotId client) const noexcept {
        return client.slot < present_.size() && client.generation != 0 && present_[client.slot] == client.generation;
    }
    [[nodiscard]] std::span<const Place> places_of(std::uint32_t slot) const noexcept {
        return std::span(places_).subspan(slot * membership_count_, membership_count_);
    }
    // Which of its memberships is the one in the room; empty if the client is not in it.
    [[nodiscard]] std::optional<std::uint32_t> find_membership(std::uint32_t slot, Room room) const noexcept;
    [[nodiscard]] std::optional<std::uint32_t> find_free_membership(std::uint32_t slot, Room room) const noexcept;
    std::optional<Room> find_or_open(std::string_view name, std::uint64_t opened_by, bool may_lack_operators);
    void add_client(const Record& record);
    void remove_client(std::uint32_t slot);
    void enter(SlotId client, std::string_view name, std::uint64_t joined_by);
    void leave(SlotId client, std::string_view name);
    void change_standings(const Record& record);
    void change_standing(SlotId client, Room room, std::uint32_t bit, bool adds);
    void add(SlotId client, std::uint32_t index, Room room, std::uint32_t standing);
    void remove(std::uint32_t slot, std::uint32_t index);
    void note_operators(Room room);

    const Segment* segment_;
    std::size_t membership_count_;  // memberships of one client
    std::vector<Entry> entries_;
    std::vector<std::uint32_t> present_;  // generation of the client in each slot; 0 = none
    std::vector<Place> places_;           // of all slots
    ByName<Room> by_name_;
    std::set<Room> without_operator_;
    std::map<std::string_view, Room> sorted_;  // without the lobby; the keys are those of by_name_
};

}  // namespace chat
