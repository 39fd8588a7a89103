// Connecting, sending and waiting on a Unix socket.
#include "control/server.h"

#include "control/exit_status.h"

#include <fcntl.h>
#include <poll.h>
#include <signal.h>
#include <sys/socket.h>
#include <sys/un.h>

#include <algorithm>
#include <array>
#include <cerrno>
#include <cstring>
#include <system_error>

namespace chat {
namespace {

constexpr std::size_t max_reply = std::size_t{64} * 1024 * 1024;

volatile sig_atomic_t stopped = 0;

std::string words_of(int error) {
    return std::generic_category().message(error);
}

[[noreturn]] void fail_to_connect(const std::string& path, int error) {
    if (error == EACCES || error == EPERM)
        throw Failure(exit_not_allowed,
                      path + ": " + words_of(error) +
                          "; the server's operators are root and the members of the group chat-admin");
    throw Failure(exit_no_server, "no server listens on " + path + ": " + words_of(error));
}

// A path that is too long for a socket address is opened through its directory's descriptor.
std::string short_name(const std::string& path, UniqueFd& directory) {
    if (path.size() < sizeof(sockaddr_un::sun_path)) return path;
    const std::size_t slash = path.rfind('/');
    const std::string place = slash == std::string::npos ? "." : path.substr(0, slash + 1);
    directory.reset(::open(place.c_str(), O_PATH | O_DIRECTORY | O_CLOEXEC));
    if (!directory) fail_to_connect(path, errno);
    return "/proc/self/fd/" + std::to_string(directory.get()) + '/' + path.substr(slash + 1);
}

}  // namespace

Server::Server(const std::string& path, std::chrono::milliseconds timeout)
    : fd_(::socket(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0)),
      until_(std::chrono::steady_clock::now() + timeout),
      timeout_(timeout),
      input_(max_reply) {
    UniqueFd directory;
    const std::string name = short_name(path, directory);
    sockaddr_un address{};
    address.sun_family = AF_UNIX;
    if (name.empty() || name.size() >= sizeof address.sun_path)
        fail_to_connect(path, name.empty() ? ENOENT : ENAMETOOLONG);
    std::memcpy(address.sun_path, name.data(), name.size());
    // A full backlog makes connect() wait, but not forever.
    timeval limit{};
    limit.tv_sec = std::chrono::duration_cast<std::chrono::seconds>(timeout).count();
    limit.tv_usec = (timeout % std::chrono::seconds(1)).count() * 1000;
    if (!fd_ || ::setsockopt(fd_.get(), SOL_SOCKET, SO_SNDTIMEO, &limit, sizeof limit) != 0 ||
        ::connect(fd_.get(), reinterpret_cast<const sockaddr*>(&address), sizeof address) != 0)
        fail_to_connect(path, errno);
}

void Server::send(const varlink::Call& call) {
    const std::string message = varlink::encode(call);
    for (std::size_t sent = 0; sent < message.size();) {
        const ssize_t size = ::send(fd_.get(), message.data() + sent, message.size() - sent, MSG_NOSIGNAL);
        if (size < 0 && errno == EINTR) continue;
        // The server may have sent a reason before it hung up.
        if (size < 0 && (errno == EPIPE || errno == ECONNRESET)) return;
        if (size < 0) throw Failure(exit_lost, "the connection to the server was lost: " + words_of(errno));
        sent += static_cast<std::size_t>(size);
    }
}

bool Server::wait_for_input(bool limited) {
    using std::chrono::ceil;
    using std::chrono::milliseconds;
    for (;;) {
        const auto left = ceil<milliseconds>(until_ - std::chrono::steady_clock::now());
        if (limited && left.count() <= 0)
            throw Failure(exit_lost,
                          "the server did not answer within " + std::to_string(timeout_.count() / 1000) + " s");
        pollfd waiting{fd_.get(), POLLIN, 0};
        timespec time{};
        time.tv_sec = left.count() / 1000;
        time.tv_nsec = left.count() % 1000 * 1'000'000;
        sigset_t none;
        sigemptyset(&none);
        // The signals are blocked everywhere else, so that none is missed.
        const int ready = ::ppoll(&waiting, 1, limited ? &time : nullptr, limited ? nullptr : &none);
        if (ready > 0) return true;
        if (!limited && stopped != 0) return false;
        if (ready < 0 && errno != EINTR) throw Failure(exit_lost, "waiting for the server: " + words_of(errno));
    }
}

std::optional<varlink::Reply> Server::receive(bool limited) {
    std::array<char, 65'536> bytes;
    for (;;) {
        if (const auto message = input_.next()) {
            auto reply = varlink::parse_reply(*message);
            if (!reply) throw Failure(exit_bad_reply, "the program that listens there is not a chat server");
            return reply;
        }
        if (input_.is_overlong()) throw Failure(exit_bad_reply, "the server's answer is too long");
        if (!wait_for_input(limited)) return std::nullopt;
        const ssize_t size = ::recv(fd_.get(), bytes.data(), bytes.size(), 0);
        if (size < 0 && errno == EINTR) continue;
        if (size < 0 && errno != ECONNRESET)
            throw Failure(exit_lost, "the connection to the server was lost: " + words_of(errno));
        if (size <= 0) throw Failure(exit_lost, "the connection to the server was lost");
        input_.add({bytes.data(), static_cast<std::size_t>(size)});
    }
}

varlink::Reply Server::receive() {
    return std::move(*receive(true));
}

std::optional<varlink::Reply> Server::receive_some_time() {
    return receive(false);
}

void stop_at_signals() {
    struct sigaction action {};
    action.sa_handler = [](int) { stopped = 1; };
    sigset_t set;
    sigemptyset(&set);
    for (const int signal : {SIGINT, SIGTERM}) {
        ::sigaction(signal, &action, nullptr);
        sigaddset(&set, signal);
    }
    ::sigprocmask(SIG_BLOCK, &set, nullptr);
}

void sleep_unless_stopped(std::chrono::milliseconds time) {
    timespec limit{};
    limit.tv_sec = time.count() / 1000;
    limit.tv_nsec = time.count() % 1000 * 1'000'000;
    sigset_t none;
    sigemptyset(&none);
    if (stopped == 0) (void)::ppoll(nullptr, 0, &limit, &none);
}

bool was_stopped() noexcept {
    return stopped != 0;
}

}  // namespace chat
