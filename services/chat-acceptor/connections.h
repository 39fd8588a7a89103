// The connections of clients as the acceptor has them: the socket, its inbox and its rate, one entry a slot, and one
// epoll set for all of them.
#pragma once

#include "chat-acceptor/inbox.h"
#include "chat-acceptor/rate_limit.h"
#include "shared/client_table.h"
#include "shared/segment.h"
#include "shared/unique_fd.h"

#include <cstdint>
#include <memory>
#include <span>
#include <utility>
#include <vector>

struct epoll_event;

namespace chat {

struct Connection {
    Connection(SlotId client_id, UniqueFd socket, Inbox its_inbox)
        : client(client_id), fd(std::move(socket)), inbox(std::move(its_inbox)) {}

    SlotId client;
    UniqueFd fd;
    Inbox inbox;
    RateLimit rate;
    Microseconds noted_fast_at = 0;              // steady time of the last too-fast that went to the log
    int excess = 0;                              // what it sent beyond its rate, in lines, since excess_since
    Microseconds excess_since = 0;               // steady time
    Microseconds active_at = 0;                  // steady time of the last byte
    bool reading = true;                         // false: its end was read, or it has left
    bool stream_ended = false;                   // its end was read, however it came
    bool broken = false;                         // nothing can be written to it any more
    bool left = false;                           // its departure is committed; delivery writes what is left to write
    bool waiting = false;                        // it is in the list of those with more lines to deal with
    bool paused = false;                         // not watched for a moment: it has sent too much beyond its rate
    LeaveReason end_reason = LeaveReason::none;  // why it will leave once its last lines are dealt with
};

class Connections {
  public:
    explicit Connections(const Segment& segment);

    // Takes the socket of a client and watches it where `reading`. `received` is the kernel's position.
    Connection& add(SlotId client, UniqueFd fd, std::uint64_t received, bool reading);
    // nullptr where this client has no connection here.
    [[nodiscard]] Connection* find(SlotId client) noexcept;
    [[nodiscard]] Connection* at(std::uint32_t slot) noexcept { return entries_[slot].get(); }
    void stop_reading(Connection& connection) noexcept;
    // Does not watch the connection until resume().
    void pause(Connection& connection) noexcept;
    void resume(Connection& connection);
    // Forgets the connection and returns its socket.
    [[nodiscard]] UniqueFd remove(std::uint32_t slot) noexcept;

    // The epoll set, to be watched as one descriptor; and the slots that have something to read, at most some hundred.
    [[nodiscard]] int epoll_fd() const noexcept { return epoll_.get(); }
    [[nodiscard]] std::span<const std::uint32_t> ready_slots();

    [[nodiscard]] std::uint32_t slot_count() const noexcept { return static_cast<std::uint32_t>(entries_.size()); }

  private:
    void watch(const Connection& connection);

    const Segment* segment_;
    UniqueFd epoll_;
    std::vector<std::unique_ptr<Connection>> entries_;
    std::vector<std::uint32_t> ready_;
};

}  // namespace chat
