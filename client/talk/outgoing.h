// Typed lines on their way to the server: their target, and those that wait for a connection or for an answer.
#pragma once

#include "client/net/connection.h"
#include "client/talk/requests.h"
#include "client/talk/target.h"
#include "shared/text/protocol.h"

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
    // Lines that can wait for a connection. A server accepts that many in one burst.
    static constexpr std::size_t max_waiting = 150;

    // Sends through `connection` until disconnected(): first these commands, on the client's own behalf, then the
    // waiting lines in their order. Those from the first message to a client on wait for checked(): ids may be those of
    // others after a reconnection.
    void connected(Connection& connection, const std::vector<std::string>& first);
    // Nothing more is sent. Returns what was sent and not answered: it may be lost, and is not sent again.
    std::vector<Request> disconnected();
    // From now on messages to clients wait for checked().
    void check() noexcept { checking_ = true; }
    // Called with the list of connected clients: sends the waiting lines, but returns and forgets those to clients that
    // are not in it.
    [[nodiscard]] std::vector<std::string> checked(const std::function<bool(const Target&)>& is_there);
    // Lines wait for checked().
    [[nodiscard]] bool needs_check() const noexcept { return connection_ != nullptr && !waiting_.empty(); }
    [[nodiscard]] bool is_connected() const noexcept { return connection_ != nullptr; }
    // Returns what was not sent, and forgets it.
    [[nodiscard]] std::vector<std::string> give_up();

    // Sends a line that a person typed, now or once there is a connection; plain text goes to `target`. False: too many
    // wait already.
    [[nodiscard]] bool say(const std::string& line, const Target& target);
    // Sends one of the client's own commands and returns its tag; empty without a connection.
    std::string ask(Asker asker, std::string_view command);
    // What `line` answers, if anything.
    [[nodiscard]] std::optional<Request> answered(const ServerLine& line) { return requests_.answered(line); }
    // There is room for another line.
    [[nodiscard]] bool has_room() const noexcept;

  private:
    struct Waiting {
        std::string typed;
        Target target;  // as it was when the line was typed
    };
    void send(const Waiting& line);
    void send_waiting();

    Connection* connection_ = nullptr;
    bool checking_ = false;
    Requests requests_;
    std::deque<Waiting> waiting_;
};

}  // namespace chat
