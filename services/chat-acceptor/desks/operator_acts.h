// The desk for what operators do to the chat: each act is one record. Delivery notifies the people concerned, and the
// session log stores it with the operator's user id: the one from the kernel, or else the one that the operator states
// (admin_commands). Nothing happens if the queue is full.
#pragma once

#include "chat-acceptor/desks/departures.h"
#include "chat-acceptor/floor.h"

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

namespace chat {

class OperatorActs {
  public:
    OperatorActs(Floor& floor, Departures& departures) : floor_(&floor), departures_(&departures) {}

    // Disconnects a connected client. False: the queue is full.
    [[nodiscard]] bool kick(SlotId client, std::string_view reason, std::uint32_t operator_uid);

    struct Announced {
        std::uint64_t id;  // of the announcement
        std::uint32_t receivers;
    };
    [[nodiscard]] std::optional<Announced> announce_to_everyone(std::string_view text, std::uint32_t operator_uid);

    // Puts a client into a room or removes it, as if the client itself had asked.
    enum class RoomAct : std::uint8_t { done, was_so, refused, busy };
    [[nodiscard]] RoomAct change_room(SlotId client, bool in, std::string_view room, std::uint32_t operator_uid);

    // Sets what is given: whether the history of the room, which need not be open, is kept when it is empty or not
    // shown at all, and for how many days (0: as long as everything else). False: the queue is full, or delivery too
    // old.
    [[nodiscard]] bool set_room(std::string_view room, std::optional<bool> history,
                                std::optional<std::uint32_t> keep_days, std::uint32_t operator_uid);

    // What operators of a room may do as well.
    struct RoomChange {
        bool is_busy = false;      // the queue is full, or delivery too old
        std::string refusal = {};  // empty: it is done
    };
    [[nodiscard]] RoomChange set_topic(Room room, std::string_view text, std::uint32_t operator_uid);
    [[nodiscard]] RoomChange change_modes(Room room, const std::vector<ModeRequest>& requests,
                                          std::uint32_t operator_uid);

    // The account was deleted: what was kept for it goes, and its marks.
    void end_account(std::uint32_t account);

    // Asks to remove from the log the texts that this person has sent so far: `person` is a name or id as the operator
    // gave it, `session` the one session that is meant, 0 = every session with that name or id. Returns the number of
    // the request.
    [[nodiscard]] std::optional<std::uint64_t> forget(std::string_view person, std::uint64_t session,
                                                      std::uint32_t operator_uid);

  private:
    [[nodiscard]] RoomChange change(Room room, const Draft& draft, std::uint32_t operator_uid);

    Floor* floor_;
    Departures* departures_;
};

}  // namespace chat
