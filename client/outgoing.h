// What is typed, on its way to the server: whom it goes to, what waits for a connection, what waits for its answer.
#pragma once

#include "client/connection.h"
#include "client/requests.h"
#include "client/target.h"
#include "shared/protocol.h"

#include <cstddef>
#include <deque>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

namespace chat {

class Outgoing {
  public:
    // Lines that wait for a connection; one more is not taken. A server takes as many at once.
    static constexpr std::size_t most_waiting = 150;

    // Lines may go out through `connection`, which outlives that: first these commands, for the client itself, then the
    // lines that wait, in their order.
    void connected(Connection& connection, const std::vector<std::string>& first);
    // They may not any more. Returns what was sent and never answered, which is perhaps lost: it is not sent again.
    std::vector<Request> disconnected();
    [[nodiscard]] bool is_connected() const noexcept { return connection_ != nullptr; }
    // What was never sent, and never will be.
    [[nodiscard]] std::vector<std::string> give_up();

    // Sends a line that a person typed, now or once there is a connection. False: too many wait already.
    [[nodiscard]] bool say(const std::string& line);
    // Sends a command of the client's own, and returns its tag; empty without a connection.
    std::string ask(Asker asker, std::string_view command);
    // What `line` answers, if anything.
    [[nodiscard]] std::optional<Request> answered(const ServerLine& line) { return requests_.answered(line); }
    // Another line can be taken.
    [[nodiscard]] bool has_room() const noexcept;

    // Whom plain lines go to.
    Target target;

  private:
    struct Waiting {
        std::string typed;
        Target target;  // as it was when the line was typed
    };
    void send(const Waiting& line);

    Connection* connection_ = nullptr;
    Requests requests_;
    std::deque<Waiting> waiting_;
};

}  // namespace chat
