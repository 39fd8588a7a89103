// Many connections from one process to one server, and their kinds of work: pairs, one room, ping-pong, logins.
#pragma once

#include "client/net/stream.h"
#include "dialects.h"
#include "shared/system/unique_fd.h"

#include <chrono>
#include <cstdint>
#include <memory>
#include <string>
#include <vector>

// OpenSSL's own names.
struct ssl_st;
struct ssl_ctx_st;

namespace chat::benchmark {

using Seconds = std::chrono::duration<double>;

// How long work may make no progress before it is given up and missing messages count as lost.
inline constexpr Seconds timeout{10};

class Crowd {
  public:
    struct Server {
        std::string host;  // IPv4 address
        std::uint16_t port = 0;
        bool tls = false;  // whoever answers is trusted
    };
    // Connects `clients` clients and waits until all are logged in, `at_once` of them concurrently. Throws
    // std::runtime_error.
    Crowd(const Dialect& dialect, const Server& server, int clients, int at_once);

    struct Outcome {
        std::uint64_t delivered = 0;
        std::uint64_t lost = 0;
        Seconds time{};
        std::vector<double> one_way;  // seconds, of ping_pong
    };
    // Client 2i writes `messages` to client 2i+1, with at most `window` in flight.
    [[nodiscard]] Outcome pairs(std::uint64_t messages, int window, std::string_view text);
    // Client 0 writes `messages` to the room, with at most `window` not yet received by all others.
    [[nodiscard]] Outcome room(std::uint64_t messages, int window, std::string_view text);
    // Clients 0 and 1 answer each other `rounds` times.
    [[nodiscard]] Outcome ping_pong(std::uint64_t rounds, std::string_view text);

    [[nodiscard]] Seconds login_time() const noexcept { return login_time_; }

  private:
    struct Client {
        std::unique_ptr<Stream> stream;
        ssl_st* handshake = nullptr;  // until it is done; owned by the stream
        std::string in;
        std::string out;
        std::uint64_t received = 0;  // messages
        bool ready = false;
        bool wants_write = false;
    };

    struct FreeContext {
        void operator()(ssl_ctx_st* context) const noexcept;
    };

    void connect_one(int number, const Server& server);
    // Returns whether the handshake is done.
    [[nodiscard]] bool shake_hands(int number);
    // Waits for events and processes what arrived; returns false after `timeout` without any message or answer.
    template <typename OnMessages>
    bool step(OnMessages on_messages);
    void read(int number, std::size_t& messages);
    // Processes bytes from the server; returns how many messages they complete.
    [[nodiscard]] std::size_t take(int number, std::string_view received);
    void send(int number, std::string_view bytes);
    void flush(int number);
    void watch(int number, std::uint32_t events, int operation);

    const Dialect* dialect_;
    std::unique_ptr<ssl_ctx_st, FreeContext> tls_;  // null: without TLS
    UniqueFd epoll_;
    std::vector<Client> clients_;
    std::vector<char> buffer_ = std::vector<char>(std::size_t{1} << 18U);  // for one read
    int ready_ = 0;
    Seconds login_time_{};
};

}  // namespace chat::benchmark
