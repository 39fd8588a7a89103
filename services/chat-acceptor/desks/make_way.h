// What is published before the answer to some lines: whoever has a name that now belongs to another client gets another
// one, and a client that is removed leaves.
#pragma once

#include "chat-acceptor/acts/act.h"
#include "chat-acceptor/desks/departures.h"
#include "chat-acceptor/dialects/dialect.h"
#include "chat-acceptor/floor.h"

#include <string_view>

namespace chat {

class MakeWay {
  public:
    MakeWay(Floor& floor, Departures& departures) : floor_(&floor), departures_(&departures) {}

    // Before the answer that a dialect gives itself, or before a login. False: there is no room for more records now,
    // and the line has to wait; what was published stays so.
    [[nodiscard]] bool before(const Reading& reading, const Connection& connection);
    [[nodiscard]] bool before(const Act& act, const Answer& answer, const Connection& connection, Microseconds wall);

  private:
    [[nodiscard]] bool free_name(std::string_view name, const Connection& connection);
    [[nodiscard]] bool remove(const Reading::Removal& removal, const Connection& connection);

    Floor* floor_;
    Departures* departures_;
};

}  // namespace chat
