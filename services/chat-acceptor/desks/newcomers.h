// The desk for connections that are to become clients: accepted, refused, welcomed by their first record, and announced
// to the others by their first successful command or after a second.
#pragma once

#include "chat-acceptor/clients/listener.h"
#include "chat-acceptor/clients/proxied_newcomers.h"
#include "chat-acceptor/desks/departures.h"
#include "chat-acceptor/dialects/dialect.h"
#include "chat-acceptor/floor.h"

#include <cstdint>
#include <deque>
#include <optional>
#include <string>
#include <string_view>
#include <utility>

namespace chat {

class Newcomers {
  public:
    Newcomers(Floor& floor, Departures& departures);

    // Accepts waiting connections, at most a few dozen.
    void accept_connections(int listener, SocketRole role);
    // Those that come from a TLS terminator wait here for their header, and then become clients.
    void await_header(Newcomer newcomer) { proxied_.add(std::move(newcomer)); }
    [[nodiscard]] int headers_fd() const noexcept { return proxied_.epoll_fd(); }
    void serve_headers() { proxied_.serve(); }

    // Turns the connection into a client, or refuses it.
    void admit(Newcomer newcomer);
    void refuse(Newcomer newcomer, Refusal refusal, std::string_view reason = {});

    // Announces a client; `at` in wall time, 0 = now. There must be room for a control record.
    void announce(SlotId client, Microseconds at = 0);
    // Announces it a second after it connected, unless it is announced earlier.
    void announce_later(SlotId client, Microseconds connected_ago = 0);

    // With accounts.guests = "no": clients that have not logged in within half a minute leave. Call every two seconds.
    void end_guests();
    // Every two seconds: ends IRC connections whose registration takes too long.
    void end_unregistered();
    // If it does not have a successful command in time, it makes room when the server is full.
    void watch_for_success(SlotId client, Microseconds connected_ago = 0);

    void tick();
    [[nodiscard]] bool is_ticking() const noexcept { return !unannounced_.empty() || !proxied_.empty(); }
    // Connections that were refused since the start.
    [[nodiscard]] std::uint64_t refused_count() const noexcept { return refused_; }

  private:
    struct Unannounced {
        SlotId client;
        Microseconds due;  // steady time
    };

    struct Untried {
        SlotId client;
        Microseconds since;  // steady time
    };

    void admit_if_room(Newcomer newcomer);
    // Gives the service manager a copy of the socket, once.
    void store(Newcomer& newcomer);
    // Why it cannot become a client, if it cannot. `makes_room` is set to a client that has to leave first.
    [[nodiscard]] std::optional<Refusal> find_obstacle(const Newcomer& newcomer, std::optional<SlotId>& makes_room);
    [[nodiscard]] std::optional<SlotId> find_idle_newcomer();
    // It is connected and has never had a successful command, or is quiet.
    [[nodiscard]] bool is_untried(SlotId client) const noexcept;

    Floor* floor_;
    Departures* departures_;
    ProxiedNewcomers proxied_;
    std::deque<Unannounced> unannounced_;
    std::deque<Untried> untried_;  // the oldest first; also some that have succeeded or left since
    std::uint64_t refused_ = 0;
    std::uint64_t unnoted_ = 0;  // refusals since the last one that was logged
};

}  // namespace chat
