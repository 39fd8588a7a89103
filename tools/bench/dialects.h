// The protocols of the measured servers, as far as needed: log in, write to one client, write to a room; and count the
// messages in a server's output.
#pragma once

#include <cstddef>
#include <memory>
#include <string>
#include <string_view>

namespace chat::benchmark {

class Dialect {
  public:
    Dialect() = default;
    Dialect(const Dialect&) = delete;
    Dialect& operator=(const Dialect&) = delete;
    virtual ~Dialect() = default;

    // What client number `client` sends first.
    [[nodiscard]] virtual std::string hello(int client) const = 0;
    [[nodiscard]] virtual std::string to_one(int client, std::string_view text) const = 0;
    [[nodiscard]] virtual std::string to_room(std::string_view text) const = 0;

    struct Taken {
        std::size_t bytes = 0;     // in whole lines or packets
        std::size_t messages = 0;  // among them
        bool ready = false;        // the last answer to hello() was among them
        std::string reply;         // to be sent immediately, such as a PONG
    };
    [[nodiscard]] virtual Taken take(std::string_view received) const = 0;
};

// chat, irc, redis, nats, mqtt or bare; nullptr for any other word. With the room, all others receive what client 0
// writes there.
[[nodiscard]] std::unique_ptr<Dialect> make_dialect(std::string_view name, bool with_room);

}  // namespace chat::benchmark
