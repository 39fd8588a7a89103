// The connections of clients as the acceptor sees them: the socket, its inbox, its rate and its stage, one entry per
// slot, and one epoll set for all of them.
#pragma once

#include "chat-acceptor/clients/flood_pace.h"
#include "chat-acceptor/clients/inbox.h"
#include "chat-acceptor/clients/rate_limit.h"
#include "chat-acceptor/questions/question.h"
#include "chat-acceptor/state/predecessor.h"
#include "shared/memory/client_table.h"
#include "shared/memory/segment.h"
#include "shared/records/dialect_id.h"
#include "shared/system/unique_fd.h"

#include <cstddef>
#include <cstdint>
#include <memory>
#include <optional>
#include <span>
#include <utility>
#include <vector>

namespace chat {

struct Connection {
    Connection(SlotId client_id, UniqueFd socket, Inbox its_inbox)
        : client(client_id), fd(std::move(socket)), inbox(std::move(its_inbox)) {}

    // What the acceptor does for this connection next.
    enum class Stage : std::uint8_t {
        missing,  // its socket has not come back after a restart: delivery has been asked for it
        open,     // it is read when bytes arrive
        waiting,  // it has more lines in its inbox and waits for its turn; not read until then
        paused,   // it has far exceeded its rate: neither read nor processed for a moment
        asking,   // its next line waits for an answer, or for room in its outbox: neither read nor processed until then
        left,     // its departure is committed; delivery writes what remains
    };
    // What is known of the peer's end of the stream. The lines before it still count.
    enum class Input : std::uint8_t {
        open,
        ended,   // the peer has ended its side
        broken,  // the connection is gone: nothing can be written either
    };

    SlotId client;
    DialectId dialect = DialectId::line;
    UniqueFd fd;  // empty while missing, and if it never came back
    Inbox inbox;
    RateLimit rate;
    RateLimit pages;  // of history
    Predecessors predecessors;
    Stage stage = Stage::open;
    Input input = Input::open;
    LeaveReason end_reason = LeaveReason::none;  // why it will leave once its last lines are processed
    FloodPace pace;                              // of what it sends beyond its rate
    Microseconds resume_at = 0;                  // while paused, in steady time
    Microseconds noted_fast_at = 0;              // steady time of the last too-fast that was logged
    Microseconds active_at = 0;                  // steady time of the last byte
    Microseconds probed_at = 0;                  // steady time at which it was last asked whether it is there
    Microseconds barred_since = 0;               // steady time at which it was first seen to lack an account it needs
    std::optional<Answer> answer;                // to the question of its next line
    bool may_have_asked = false;                 // an earlier process may have asked that question
    // Of lists (desks/turns):
    bool is_counted = false;         // its next line has used up a token of its rate already
    std::size_t awaits_room = 0;     // bytes of a list that its next line requests and its outbox has no room for
    Position lists_end = 0;          // in the queue: after its last list
    std::size_t list_debt = 0;       // bytes of lists that delivery may not have put into the outbox yet
    bool awaits_more = false;        // its next line continues in one that has not come yet
    bool has_received_kept = false;  // what it was given of kept messages has reached it
};

class Connections {
  public:
    explicit Connections(const Segment& segment);

    // Takes a client's socket, to be read from now on. `received` is the kernel's position in its stream. A connection
    // that the kernel cannot watch, for want of memory, is broken: its client has to leave (Connection::end_reason).
    Connection& add(SlotId client, UniqueFd fd, std::uint64_t received);
    // Adds an entry that is not read: its socket is missing, it is broken, or its client has left.
    Connection& add_missing(SlotId client);
    Connection& add_broken(SlotId client, UniqueFd fd, LeaveReason reason);
    Connection& add_left(SlotId client, UniqueFd fd);

    // nullptr if this client has no connection here.
    [[nodiscard]] Connection* find(SlotId client) noexcept;
    [[nodiscard]] Connection* at(std::uint32_t slot) noexcept { return entries_[slot].get(); }

    // The end of the stream was read; `reason` takes effect once the lines before it are processed.
    void end_input(Connection& connection, Connection::Input how, LeaveReason reason) noexcept;
    // Stops watching the connection until resume(); while it waits for an answer, its end is still noticed.
    void pause(Connection& connection) noexcept;
    void await_answer(Connection& connection) noexcept;
    void resume(Connection& connection) noexcept;
    // The departure of its client is committed.
    void leave(Connection& connection) noexcept;
    // Forgets the connection and returns its socket.
    [[nodiscard]] UniqueFd remove(std::uint32_t slot) noexcept;

    // Has its socket taken all that was in the queue for it up to `end`? Not if delivery has stopped writing to it.
    [[nodiscard]] bool has_taken_all(const Connection& connection, Position end) const noexcept;

    // Clients that have left and whose connections have not been removed.
    [[nodiscard]] std::size_t left_count() const noexcept { return left_; }
    // The epoll set, to be watched as one descriptor; and the readable slots, at most a few hundred.
    [[nodiscard]] int epoll_fd() const noexcept { return epoll_.get(); }
    [[nodiscard]] std::span<const std::uint32_t> ready_slots();

    [[nodiscard]] std::uint32_t slot_count() const noexcept { return static_cast<std::uint32_t>(entries_.size()); }

  private:
    Connection& put(SlotId client, UniqueFd fd, std::uint64_t received);
    void watch(Connection& connection, int change, std::uint32_t events) noexcept;
    void unwatch(const Connection& connection) noexcept;

    const Segment* segment_;
    UniqueFd epoll_;
    std::vector<std::unique_ptr<Connection>> entries_;
    std::size_t left_ = 0;
    std::vector<std::uint32_t> ready_;
};

}  // namespace chat
