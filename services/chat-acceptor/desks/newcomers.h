// The desk for connections that are to become clients: accepted, refused, welcomed by their first record, and announced
// to the others by their first successful command or after a second.
#pragma once

#include "chat-acceptor/clients/listener.h"
#include "chat-acceptor/desks/departures.h"
#include "chat-acceptor/dialects/dialect.h"
#include "chat-acceptor/floor.h"

#include <cstdint>
#include <deque>

namespace chat {

class Newcomers {
  public:
    Newcomers(Floor& floor, Departures& departures) : floor_(&floor), departures_(&departures) {}

    // Accepts waiting connections, at most a few dozen.
    void accept_connections(int listener, DialectId dialect);

    // Turns the connection into a client, or refuses it.
    void admit(Newcomer newcomer);
    void refuse(Newcomer newcomer, Refusal refusal);

    // Announces a client; `at` in wall time, 0 = now. There must be room for a control record.
    void announce(SlotId client, Microseconds at = 0);
    // Announces it a second after it connected, unless it is announced earlier.
    void announce_later(SlotId client, Microseconds connected_ago = 0);

    void tick();
    [[nodiscard]] bool is_ticking() const noexcept { return !unannounced_.empty(); }
    // Connections that were refused since the start.
    [[nodiscard]] std::uint64_t refused_count() const noexcept { return refused_; }

  private:
    struct Unannounced {
        SlotId client;
        Microseconds due;  // steady time
    };

    Floor* floor_;
    Departures* departures_;
    std::deque<Unannounced> unannounced_;
    std::uint64_t refused_ = 0;
    std::uint64_t unnoted_ = 0;  // refusals since the last one that was logged
};

}  // namespace chat
