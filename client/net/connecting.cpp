// Connecting to the server: see connecting.h.
#include "client/net/connecting.h"

#include "client/net/deadline.h"
#include "client/net/plain_stream.h"
#include "client/net/routes.h"
#include "client/net/tls_handshake.h"
#include "client/process.h"
#include "shared/system/unique_fd.h"

#include <netdb.h>
#include <poll.h>
#include <sys/eventfd.h>
#include <sys/socket.h>
#include <unistd.h>

#include <algorithm>
#include <cerrno>
#include <cstdint>
#include <memory>
#include <mutex>
#include <system_error>
#include <utility>

namespace chat {

namespace {

struct FreeAddresses {
    void operator()(addrinfo* list) const noexcept { ::freeaddrinfo(list); }
};

using Failure = ConnectFailure::Kind;
using std::chrono::milliseconds;

// Where TLS may be missing: for a server that is not there, and for one that does not answer the handshake.
constexpr milliseconds trial_connect_timeout{2000};
constexpr milliseconds trial_handshake_timeout{5000};

struct Connected {
    UniqueFd socket;  // or none
    std::string problem;
};

// Null: the server cannot be found, for the reason in `problem`.
std::unique_ptr<addrinfo, FreeAddresses> addresses_of(const ServerAddress& server, std::string& problem) {
    addrinfo wanted{};
    wanted.ai_family = AF_UNSPEC;
    wanted.ai_socktype = SOCK_STREAM;
    wanted.ai_flags = AI_NUMERICSERV;
    addrinfo* list = nullptr;
    const int error = ::getaddrinfo(server.host.c_str(), server.port.c_str(), &wanted, &list);
    if (error != 0) problem = "cannot find the server " + server.host + ": " + ::gai_strerror(error);
    return std::unique_ptr<addrinfo, FreeAddresses>(list);
}

// Waits until the attempt on `socket` has an outcome. 0 or an errno.
int outcome_of(int socket, std::chrono::milliseconds timeout) {
    const auto deadline = std::chrono::steady_clock::now() + timeout;
    pollfd waiting{socket, POLLOUT, 0};
    for (;;) {
        const int left = milliseconds_until(deadline);
        if (left == 0) return ETIMEDOUT;
        const int ready = ::poll(&waiting, 1, left);
        if (ready < 0 && errno != EINTR) return errno;
        if (ready > 0) break;
    }
    int error = 0;
    socklen_t size = sizeof error;
    if (::getsockopt(socket, SOL_SOCKET, SO_ERROR, &error, &size) != 0) return errno;
    return error;
}

// A connected socket, or none and the errno in `error`.
UniqueFd try_address(const addrinfo& address, std::chrono::milliseconds timeout, int& error) {
    UniqueFd socket(
        ::socket(address.ai_family, address.ai_socktype | SOCK_CLOEXEC | SOCK_NONBLOCK, address.ai_protocol));
    if (!socket) {
        error = errno;
        return {};
    }
    error = ::connect(socket.get(), address.ai_addr, address.ai_addrlen) == 0 ? 0 : errno;
    if (error == EINPROGRESS || error == EINTR) error = outcome_of(socket.get(), timeout);
    if (error != 0) return {};
    return socket;
}

Connected connect_by_tcp(const ServerAddress& server, milliseconds timeout) {
    std::string problem;
    const auto addresses = addresses_of(server, problem);
    int error = 0;
    for (const addrinfo* address = addresses.get(); address != nullptr; address = address->ai_next) {
        if (UniqueFd socket = try_address(*address, timeout, error)) return {std::move(socket), {}};
    }
    if (problem.empty()) problem = "no server at " + server.written() + ": " + std::generic_category().message(error);
    return {UniqueFd(), std::move(problem)};
}

struct Timeouts {
    milliseconds address;
    milliseconds handshake;
};

Reached connect_by(const ServerAddress& route, Timeouts timeouts) {
    auto [socket, problem] = connect_by_tcp(route, timeouts.address);
    if (!socket) return {nullptr, route, {Failure::unreachable, std::move(problem), {}}, {}};
    if (route.security == Security::plain) return {std::make_unique<PlainStream>(std::move(socket)), route, {}, {}};
    auto [stream, failure, note] = start_tls(std::move(socket), route, timeouts.handshake);
    return {std::move(stream), route, std::move(failure), std::move(note)};
}

}  // namespace

Reached connect_to(const ServerAddress& server, milliseconds timeout, bool is_interactive) {
    const Routes routes = routes_to(server, KnownServers(known_servers_path()), is_interactive);
    if (routes.best_first.empty()) return {nullptr, server, {Failure::bad_certificate, routes.problem, {}}, {}};
    if (routes.best_first.size() > 1) {
        const Timeouts short_ones{std::min(timeout, trial_connect_timeout), std::min(timeout, trial_handshake_timeout)};
        Reached secured = connect_by(routes.best_first.front(), short_ones);
        if (secured.stream || !secured.failure.may_pass()) return secured;
    }
    Reached reached = connect_by(routes.best_first.back(), {timeout, timeout});
    if (routes.insists_on_tls && reached.failure.may_pass()) {
        reached.failure.text += "; it was reached by TLS before, so it is not tried without (--tls=false does that)";
        reached.failure.says_way_out = true;
    }
    return reached;
}

// Shared by the waiting thread and the one that connects.
struct Attempt::Shared {
    UniqueFd done{::eventfd(0, EFD_CLOEXEC | EFD_NONBLOCK)};  // readable: `outcome` is there
    std::mutex mutex;
    std::optional<Reached> outcome;
};

Attempt::Attempt(const ServerAddress& server, milliseconds timeout, bool is_interactive)
    : shared_(std::make_shared<Shared>()) {
    if (!shared_->done) throw std::system_error(errno, std::generic_category(), "eventfd");
    in_background([shared = shared_, server, timeout, is_interactive] {
        Reached outcome = connect_to(server, timeout, is_interactive);
        {
            const std::lock_guard lock(shared->mutex);
            shared->outcome = std::move(outcome);
        }
        const std::uint64_t one = 1;
        // The counter cannot overflow.
        if (::write(shared->done.get(), &one, sizeof one) < 0) return;
    });
}

int Attempt::fd() const noexcept {
    return shared_->done.get();
}

std::optional<Reached> Attempt::outcome() {
    const std::lock_guard lock(shared_->mutex);
    return std::exchange(shared_->outcome, std::nullopt);
}

void Reconnection::lost() {
    const auto fifth = pause_.count() / 5;
    std::uniform_int_distribution<std::chrono::milliseconds::rep> spread(-fifth, fifth);
    next_ = Clock::now() + pause_ + std::chrono::milliseconds(spread(random_));
    pause_ = std::min(pause_ * 2, longest_pause);
    attempt_.reset();
}

int Reconnection::fd() const noexcept {
    return attempt_ ? attempt_->fd() : -1;
}

int Reconnection::poll_timeout() const {
    if (attempt_) return -1;
    return milliseconds_until(next_);
}

void Reconnection::begin() {
    try {
        attempt_.emplace(server_);
    } catch (const std::system_error&) {
        lost();
    }
}

std::unique_ptr<Stream> Reconnection::work() {
    if (!attempt_) {
        if (Clock::now() >= next_) begin();
        return {};
    }
    auto outcome = attempt_->outcome();
    if (!outcome) return {};
    attempt_.reset();
    if (!outcome->stream) lost();
    if (!outcome->stream && !outcome->failure.may_pass() && outcome->failure.text != last_problem_)
        problem_ = last_problem_ = outcome->failure.text;
    return std::move(outcome->stream);
}

std::string Reconnection::take_problem() {
    return std::exchange(problem_, {});
}

}  // namespace chat
