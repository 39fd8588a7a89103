// The desk for clients that have been silent for long: where their dialect has a line that a living client answers,
// they get it, and leave if nothing comes. A new process starts counting when it takes their sockets over.
#pragma once

#include "chat-acceptor/desks/departures.h"
#include "chat-acceptor/floor.h"
#include "shared/system/clock.h"

namespace chat {

inline constexpr Microseconds longest_silence = 90'000'000;
inline constexpr Microseconds time_to_answer = 60'000'000;

class Silences {
  public:
    Silences(Floor& floor, Departures& departures) : floor_(&floor), departures_(&departures) {}

    // Call every two seconds.
    void check();

  private:
    void check(Connection& connection, Microseconds now);

    Floor* floor_;
    Departures* departures_;
};

}  // namespace chat
