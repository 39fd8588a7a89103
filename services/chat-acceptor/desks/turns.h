// The desk for clients that have sent something: their lines are read in order and in turn, and become records.
#pragma once

#include "chat-acceptor/acts/perform.h"
#include "chat-acceptor/desks/departures.h"
#include "chat-acceptor/desks/make_way.h"
#include "chat-acceptor/desks/newcomers.h"
#include "chat-acceptor/desks/pauses.h"
#include "chat-acceptor/desks/reply.h"
#include "chat-acceptor/desks/transfers.h"
#include "chat-acceptor/desks/waiting_lines.h"
#include "chat-acceptor/dialects/dialect.h"
#include "chat-acceptor/floor.h"

#include <deque>
#include <optional>
#include <string_view>

namespace chat {

class Turns {
  public:
    Turns(Floor& floor, Departures& departures, Newcomers& newcomers, Transfers& transfers)
        : floor_(&floor),
          departures_(&departures),
          newcomers_(&newcomers),
          transfers_(&transfers),
          pauses_(floor),
          waiting_lines_(floor),
          make_way_(floor, departures) {}

    // Reads what has arrived and processes lines, a few turns for each client.
    void read_clients();
    // The connection may have lines in its inbox: it gets a turn.
    void wait(Connection& connection);
    [[nodiscard]] bool has_waiting() const noexcept { return !waiting_.empty(); }
    // Call a hundred times a second while has_paused(): clients that far exceeded their rate are read again, and lists
    // continue where there is room in the outbox.
    void resume_paused();
    [[nodiscard]] bool has_paused() const noexcept {
        return !pauses_.empty() || waiting_lines_.is_anyone_awaiting_room();
    }
    // Clients whose questions were answered, or have timed out, get their turns.
    void resume_answered();
    [[nodiscard]] int answers_fd() const noexcept { return floor_->questions.fd(); }
    [[nodiscard]] bool has_asking() const noexcept { return !floor_->questions.empty(); }

    void tick();
    // Returns the memory of idle inboxes.
    void release_idle_memory();

  private:
    struct Moment {
        Microseconds wall;
        Microseconds steady;
    };

    void process_waiting();
    void read_client(Connection& connection);
    void process_lines(Connection& connection);
    // False: the line waits, see reply_to().
    [[nodiscard]] bool process_line(Connection& connection, Inbox::Line& line, const Moment& now, bool is_deadly);
    // Empty: the line waits for the answer to a question, for room for a list, or for the line that continues it. It
    // gets longer by what continues it.
    [[nodiscard]] std::optional<Reply> reply_to(Connection& connection, Inbox::Line& line, const Moment& now);
    [[nodiscard]] Reading read(Connection& connection, Inbox::Line& line, const Moment& now);
    [[nodiscard]] Asker asker_of(const Connection& connection, const Moment& now) const noexcept;
    // There is no room for more records now.
    void wait_for_room(Connection& connection);
    void prepare(const Act& act, SlotId client, const Moment& now);
    // The answer to a line that is not parsed.
    [[nodiscard]] static Reply refuse_unread(const Connection& connection, const Inbox::Line& line, Draft draft);
    [[nodiscard]] Reply skip_deadly(const Connection& connection, const Inbox::Line& line);
    void wait_for_turn(SlotId client);

    Floor* floor_;
    Departures* departures_;
    Newcomers* newcomers_;
    Transfers* transfers_;
    std::deque<SlotId> waiting_;  // in the order of their turns
    Pauses pauses_;
    WaitingLines waiting_lines_;
    MakeWay make_way_;
};

}  // namespace chat
