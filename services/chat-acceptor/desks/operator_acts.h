// The desk for what operators do to the chat: each act is one record, which delivery tells to those concerned and the
// session log writes down with the operator's user id. That is the one the kernel gives, or else the one the operator
// states (admin_commands). Nothing is done where the queue is full.
#pragma once

#include "chat-acceptor/desks/departures.h"
#include "chat-acceptor/floor.h"

#include <cstdint>
#include <optional>
#include <string_view>

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

    // Puts a client into a room or takes it out, as if it had asked for that itself.
    enum class RoomAct : std::uint8_t { done, was_so, refused, busy };
    [[nodiscard]] RoomAct change_room(SlotId client, bool in, std::string_view room, std::uint32_t operator_uid);

    // Asks for the texts to be removed from the log that this person has sent so far: a name or id, as the operator
    // gave it, and the one session that is meant, 0 = all that have had it. Returns the number of the request.
    [[nodiscard]] std::optional<std::uint64_t> forget(std::string_view person, std::uint64_t session,
                                                      std::uint32_t operator_uid);

  private:
    Floor* floor_;
    Departures* departures_;
};

}  // namespace chat
