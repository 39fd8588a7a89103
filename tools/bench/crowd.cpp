// The connections of the load generator and their work.
#include "crowd.h"

#include "client/net/plain_stream.h"
#include "client/net/tls_stream.h"

#include <arpa/inet.h>
#include <netinet/in.h>
#include <netinet/tcp.h>
#include <openssl/ssl.h>
#include <sys/epoll.h>
#include <sys/socket.h>

#include <algorithm>
#include <array>
#include <cerrno>
#include <cstring>
#include <stdexcept>

namespace chat::benchmark {
namespace {

using Clock = std::chrono::steady_clock;

[[noreturn]] void fail(const std::string& what) {
    throw std::runtime_error(what + ": " + std::strerror(errno));
}

}  // namespace

void Crowd::FreeContext::operator()(ssl_ctx_st* context) const noexcept {
    SSL_CTX_free(context);
}

Crowd::Crowd(const Dialect& dialect, const Server& server, int clients, int at_once)
    : dialect_(&dialect),
      tls_(server.tls ? SSL_CTX_new(TLS_client_method()) : nullptr),
      epoll_(::epoll_create1(EPOLL_CLOEXEC)),
      clients_(static_cast<std::size_t>(clients)) {
    if (server.tls) {
        if (!tls_) throw std::runtime_error("OpenSSL has no context");
        SSL_CTX_set_mode(
            tls_.get(), SSL_MODE_ENABLE_PARTIAL_WRITE | SSL_MODE_ACCEPT_MOVING_WRITE_BUFFER | SSL_MODE_RELEASE_BUFFERS);
    }
    const auto begin = Clock::now();
    int connected = 0;
    while (ready_ < clients) {
        while (connected < clients && connected - ready_ < at_once) connect_one(connected++, server);
        if (!step([](int, std::size_t) {})) throw std::runtime_error("a login is not answered");
    }
    login_time_ = Clock::now() - begin;
}

void Crowd::connect_one(int number, const Server& server) {
    sockaddr_in address{};
    address.sin_family = AF_INET;
    address.sin_port = htons(server.port);
    if (::inet_pton(AF_INET, server.host.c_str(), &address.sin_addr) != 1)
        throw std::runtime_error(server.host + " is not an address");
    Client& client = clients_[static_cast<std::size_t>(number)];
    UniqueFd socket(::socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0));
    if (!socket) fail("socket");
    if (::connect(socket.get(), reinterpret_cast<const sockaddr*>(&address), sizeof address) != 0) fail("connect");
    const int on = 1;
    (void)::setsockopt(socket.get(), IPPROTO_TCP, TCP_NODELAY, &on, sizeof on);
    if (tls_) {
        auto transport = std::make_unique<TlsTransport>(TlsTransport{std::move(socket)});
        TlsState state = make_tls(tls_.get(), *transport);
        if (!state) throw std::runtime_error("OpenSSL has no state");
        SSL_set_connect_state(state.get());
        client.handshake = state.get();
        client.stream = std::make_unique<TlsStream>(std::move(transport), std::move(state));
    } else {
        client.stream = std::make_unique<PlainStream>(std::move(socket));
    }
    watch(number, EPOLLIN, EPOLL_CTL_ADD);
    client.out = dialect_->hello(number);
    if (shake_hands(number)) flush(number);
}

bool Crowd::shake_hands(int number) {
    Client& client = clients_[static_cast<std::size_t>(number)];
    if (client.handshake == nullptr) return true;
    const int result = SSL_do_handshake(client.handshake);
    if (result == 1)
        client.handshake = nullptr;
    else if (SSL_get_error(client.handshake, result) != SSL_ERROR_WANT_READ)
        throw std::runtime_error("a handshake fails");
    return result == 1;
}

void Crowd::watch(int number, std::uint32_t events, int operation) {
    epoll_event event{};
    event.events = events;
    event.data.u32 = static_cast<std::uint32_t>(number);
    if (::epoll_ctl(epoll_.get(), operation, clients_[static_cast<std::size_t>(number)].stream->fd(), &event) != 0)
        fail("epoll_ctl");
}

template <typename OnMessages>
bool Crowd::step(OnMessages on_messages) {
    std::array<epoll_event, 512> events;
    const auto wait = std::chrono::duration_cast<std::chrono::milliseconds>(timeout).count();
    const int count =
        ::epoll_wait(epoll_.get(), events.data(), static_cast<int>(events.size()), static_cast<int>(wait));
    for (int i = 0; i < count; ++i) {
        const int number = static_cast<int>(events[static_cast<std::size_t>(i)].data.u32);
        if ((events[static_cast<std::size_t>(i)].events & EPOLLOUT) != 0) flush(number);
        if ((events[static_cast<std::size_t>(i)].events & (EPOLLIN | EPOLLHUP | EPOLLERR)) == 0) continue;
        std::size_t messages = 0;
        read(number, messages);
        if (messages > 0) on_messages(number, messages);
    }
    return count > 0;
}

void Crowd::read(int number, std::size_t& messages) {
    Client& client = clients_[static_cast<std::size_t>(number)];
    if (client.handshake != nullptr) {
        if (shake_hands(number)) flush(number);
        return;
    }
    // TLS reads a record at a time, and epoll does not know about those that OpenSSL has already.
    std::size_t count = 0;
    do {
        const Stream::Moved moved = client.stream->read(buffer_);
        if (moved.state != Stream::State::open) throw std::runtime_error("the server ended a connection: " + client.in);
        count = moved.count;
        if (count > 0) messages += take(number, std::string_view(buffer_.data(), count));
    } while (tls_ && count > 0);
}

std::size_t Crowd::take(int number, std::string_view received) {
    Client& client = clients_[static_cast<std::size_t>(number)];
    // The rest of the last read is a partial message; everything else is processed in place.
    if (!client.in.empty()) received = client.in.append(received);
    const auto taken = dialect_->take(received);
    client.in = std::string(received.substr(taken.bytes));
    client.received += taken.messages;
    if (taken.ready && !client.ready) {
        client.ready = true;
        ++ready_;
    }
    if (!taken.reply.empty()) send(number, taken.reply);
    return taken.messages;
}

void Crowd::send(int number, std::string_view bytes) {
    Client& client = clients_[static_cast<std::size_t>(number)];
    client.out.append(bytes);
    if (!client.wants_write && client.handshake == nullptr) flush(number);
}

void Crowd::flush(int number) {
    Client& client = clients_[static_cast<std::size_t>(number)];
    std::size_t written = 0;
    Stream::Moved moved;
    do {
        moved = client.stream->write(std::string_view(client.out).substr(written));
        if (moved.state != Stream::State::open) throw std::runtime_error("cannot write to the server");
        written += moved.count;
    } while (moved.count > 0 && written < client.out.size());
    client.out.erase(0, written);
    if (client.wants_write == !client.out.empty()) return;
    client.wants_write = !client.out.empty();
    watch(number, client.wants_write ? EPOLLIN | EPOLLOUT : EPOLLIN, EPOLL_CTL_MOD);
}

Crowd::Outcome Crowd::pairs(std::uint64_t messages, int window, std::string_view text) {
    const std::size_t count = clients_.size() / 2;
    std::vector<std::string> lines;
    std::vector<std::uint64_t> sent(count);
    std::uint64_t missing = messages * count;
    std::string batch;
    const auto send_some = [&](std::size_t pair, std::uint64_t number) {
        const std::uint64_t some = std::min(number, messages - sent[pair]);
        if (some == 0) return;
        batch.clear();
        for (std::uint64_t i = 0; i < some; ++i) batch += lines[pair];
        sent[pair] += some;
        send(static_cast<int>(2 * pair), batch);
    };
    for (std::size_t pair = 0; pair < count; ++pair)
        lines.push_back(dialect_->to_one(static_cast<int>(2 * pair + 1), text));
    const auto begin = Clock::now();
    for (std::size_t pair = 0; pair < count; ++pair) send_some(pair, static_cast<std::uint64_t>(window));
    while (missing > 0 && step([&](int number, std::size_t received) {
               missing -= received;
               send_some(static_cast<std::size_t>(number) / 2, received);
           })) {
    }
    return {messages * count - missing, missing, Clock::now() - begin, {}};
}

Crowd::Outcome Crowd::room(std::uint64_t messages, int window, std::string_view text) {
    const std::string line = dialect_->to_room(text);
    const std::uint64_t others = clients_.size() - 1;
    std::uint64_t missing = messages * others;
    std::uint64_t sent = 0;
    std::string batch;
    const auto begin = Clock::now();
    do {
        // The total received by all others bounds how far the slowest lags behind, to within a window.
        const std::uint64_t through = (messages * others - missing) / others;
        batch.clear();
        for (; sent < messages && sent < through + static_cast<std::uint64_t>(window); ++sent) batch += line;
        if (!batch.empty()) send(0, batch);
    } while (missing > 0 && step([&](int /*number*/, std::size_t received) { missing -= received; }));
    return {messages * others - missing, missing, Clock::now() - begin, {}};
}

Crowd::Outcome Crowd::ping_pong(std::uint64_t rounds, std::string_view text) {
    const std::array<std::string, 2> lines = {dialect_->to_one(1, text), dialect_->to_one(0, text)};
    Outcome outcome;
    outcome.one_way.reserve(2 * rounds);
    const auto begin = Clock::now();
    auto last = begin;
    send(0, lines[0]);
    bool going = true;
    while (going && step([&](int number, std::size_t /*received*/) {
               const auto now = Clock::now();
               outcome.one_way.push_back(Seconds(now - last).count());
               last = now;
               going = ++outcome.delivered < 2 * rounds;
               if (going) send(number, lines[static_cast<std::size_t>(number)]);
           })) {
    }
    outcome.lost = 2 * rounds - outcome.delivered;
    outcome.time = Clock::now() - begin;
    return outcome;
}

}  // namespace chat::benchmark
