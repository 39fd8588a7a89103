// Typed lines on their way to the server: their target, and those that wait: for a connection, for an answer, or for
// their turn, where the server takes only so many a second.
#pragma once

#include "client/net/connection.h"
#include "client/net/deadline.h"
#include "client/talk/requests.h"
#include "client/talk/target.h"
#include "shared/text/protocol.h"

#include <chrono>
#include <cstddef>
#include <deque>
#include <functional>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

namespace chat {

class Outgoing {
  public:
    using Clock = Deadline::Clock;
    // Lines that can wait for a connection. A server accepts that many in one burst.
    static constexpr std::size_t max_waiting = 150;
    // The next line in turn does not wait longer than this for the answer to the one before. If that answer is a
    // refusal, the line comes after those that did not wait.
    static constexpr std::chrono::seconds patience{10};

    struct Line {
        std::string typed;
        Target target = {};      // of a message, as it was when the line was typed
        bool is_action = false;  // /me, a message too
        bool is_of_paste = false;
        int attempts = 0;  // to send it in its turn
    };

    // Sends through `connection` until disconnected(): first these commands, on the client's own behalf, then the
    // waiting lines in their order. Those from the first message to a client on wait for checked(): ids may be those of
    // others after a reconnection.
    void connected(Connection& connection, const std::vector<std::string>& first);
    // Nothing more is sent. Returns what was sent and not answered: it may be lost, and is not sent again. What is left
    // of a paste is for cancel_paste().
    std::vector<Request> disconnected();
    // From now on messages to clients wait for checked().
    void check() noexcept { checking_ = true; }
    // Called with the list of connected clients: sends the waiting lines, but returns and forgets those to clients that
    // are not in it.
    [[nodiscard]] std::vector<std::string> checked(const std::function<bool(const Target&)>& is_there);
    // Lines wait for checked().
    [[nodiscard]] bool needs_check() const noexcept { return connection_ != nullptr && !waiting_.empty(); }
    [[nodiscard]] bool is_connected() const noexcept { return connection_ != nullptr; }
    // The descriptor of the connection; -1: there is none.
    [[nodiscard]] int connection_fd() const noexcept { return connection_ == nullptr ? -1 : connection_->fd(); }
    // Returns what was not sent, and forgets it.
    [[nodiscard]] std::vector<std::string> give_up();

    // Sends a line that a person typed, now or once there is a connection; plain text goes to its target. False: too
    // many wait already.
    [[nodiscard]] bool say(Line line);
    // The same for lines of a paste or a script: each is sent when the server has answered the one before, so that a
    // line it refused as too fast can be sent again in its place.
    [[nodiscard]] bool say_in_turn(Line line);
    // Lines wait for their turn, or for the answer to the one whose turn it is.
    [[nodiscard]] bool takes_turns() const noexcept { return !turns_.empty(); }
    // Milliseconds until take_turns() must be called even if nothing happens; -1: never.
    [[nodiscard]] int poll_timeout() const;
    // Sends the next line if it is its turn.
    void take_turns();
    // Lines of a paste that are not sent yet.
    [[nodiscard]] std::size_t left_of_paste() const;
    // Forgets them, and returns how many they were.
    std::size_t cancel_paste();

    // Sends one of the client's own commands and returns its tag; empty without a connection.
    std::string ask(Asker asker, std::string_view command);
    // What `line` answers, if anything. A line that is sent again is not answered yet: is_repeated.
    [[nodiscard]] std::optional<Request> answered(const ServerLine& line);
    // There is room for another line.
    [[nodiscard]] bool has_room() const noexcept;

  private:
    [[nodiscard]] bool has_to_wait(const Line& line) const;
    [[nodiscard]] bool wait(Line line);
    void queue(Line line);
    std::string send(const Line& line);
    void send_waiting();
    // A line that was too fast takes its turn. False: it is refused.
    [[nodiscard]] bool repeats(const Request& request, bool is_in_turn);

    Connection* connection_ = nullptr;
    bool checking_ = false;
    Requests requests_;
    std::deque<Line> waiting_;
    std::deque<Line> turns_;
    std::string turn_tag_;  // of the first of them, while it is sent and not answered
    Clock::time_point turn_at_{};
};

}  // namespace chat
