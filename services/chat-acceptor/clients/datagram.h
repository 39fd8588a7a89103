// The datagram service of protocol section 7: date, time and echo. It keeps answering whatever arrives.
#pragma once

#include "chat-acceptor/clients/rate_limit.h"
#include "shared/system/address.h"
#include "shared/system/clock.h"

#include <cstddef>
#include <functional>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

namespace chat {

// The answer to one datagram; empty: there is none. Never longer than the request or 32 bytes, whichever is more;
// however often it is sent back to a server like this one, the exchange ends after a bounded number of rounds.
[[nodiscard]] std::string answer_datagram(std::string_view request, Microseconds now);

// How many errors are answered: in total and for each host. A service that answers errors with a text of its own would
// otherwise exchange datagrams with this one forever, after a single one with a forged sender. When the table of hosts
// is full, the host that has not had an answer for longest is forgotten.
class ErrorAnswers {
  public:
    static constexpr std::int64_t a_second = 100;
    static constexpr std::int64_t a_second_for_a_host = 10;
    static constexpr std::size_t max_hosts = 256;

    // Takes a token; false: there is none. `now` is steady time.
    [[nodiscard]] bool take(const Address& address, Microseconds now);

  private:
    struct Host {
        Network network;
        RateLimit rate;
        Microseconds used_at;
    };

    RateLimit all_;
    std::vector<Host> hosts_;
};

class DatagramService {
  public:
    using IsBanned = std::function<bool(const Address&)>;
    // Banned addresses are not answered.
    explicit DatagramService(IsBanned is_banned) : is_banned_(std::move(is_banned)) {}

    // Call once for each socket: answers then come from the address that was asked, also with several addresses.
    static void prepare(int fd) noexcept;
    // Answers the datagrams waiting on the socket, at most a few dozen at a time. Those from ports below 1024 are not
    // answered: services that answer anything have such ports (RFC 862 to 868), and clients do not.
    void serve(int fd);

  private:
    IsBanned is_banned_;
    ErrorAnswers errors_;
    std::vector<char> bytes_;  // of the datagram that is being answered
};

}  // namespace chat
