// Asking chat-auth for a ticket: see login_ticket.h.
#include "client/net/login_ticket.h"

#include "client/net/deadline.h"
#include "client/net/routes.h"
#include "shared/system/unique_fd.h"
#include "shared/system/varlink.h"
#include "shared/text/text_rules.h"

#include <arpa/inet.h>
#include <netinet/in.h>
#include <poll.h>
#include <pwd.h>
#include <sys/socket.h>
#include <sys/un.h>
#include <unistd.h>

#include <array>
#include <cerrno>
#include <chrono>
#include <cstring>

namespace chat {

namespace {

using Clock = std::chrono::steady_clock;

constexpr std::string_view usual_socket = "/run/chat/login.sock";
constexpr std::string_view usual_port = "5000";
constexpr std::chrono::seconds patience{2};
constexpr std::size_t largest_reply = std::size_t{64} * 1024;

bool is_own_name(std::string_view name) {
    const passwd* user = ::getpwuid(::geteuid());
    return user != nullptr && equal_ignoring_case(user->pw_name, name);
}

bool is_on_this_host(int connection) {
    sockaddr_storage peer{};
    socklen_t size = sizeof peer;
    if (::getpeername(connection, reinterpret_cast<sockaddr*>(&peer), &size) != 0) return false;
    constexpr unsigned char loopback_net = 127;
    if (peer.ss_family == AF_INET) {
        const auto* address = reinterpret_cast<const sockaddr_in*>(&peer);
        return ntohl(address->sin_addr.s_addr) >> 24U == loopback_net;
    }
    if (peer.ss_family != AF_INET6) return false;
    const in6_addr& address = reinterpret_cast<const sockaddr_in6*>(&peer)->sin6_addr;
    return IN6_IS_ADDR_LOOPBACK(&address) || (IN6_IS_ADDR_V4MAPPED(&address) && address.s6_addr[12] == loopback_net);
}

UniqueFd connect_to_socket(const std::string& path) {
    sockaddr_un address{};
    address.sun_family = AF_UNIX;
    if (path.empty() || path.size() >= sizeof address.sun_path) return {};
    std::memcpy(address.sun_path, path.data(), path.size());
    UniqueFd socket(::socket(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC | SOCK_NONBLOCK, 0));
    if (!socket || ::connect(socket.get(), reinterpret_cast<const sockaddr*>(&address), sizeof address) != 0) return {};
    return socket;
}

// Nothing: the connection ended, or there was no answer in time.
std::optional<varlink::Reply> ask(const std::string& path, Clock::time_point until) {
    const UniqueFd socket = connect_to_socket(path);
    const std::string call = varlink::encode(varlink::Call{.method = "org.chat.Login.Ticket"});
    // A new connection takes so few bytes at once.
    if (!socket || ::send(socket.get(), call.data(), call.size(), MSG_NOSIGNAL) != static_cast<ssize_t>(call.size()))
        return std::nullopt;
    varlink::MessageSplitter input(largest_reply);
    std::array<char, 4096> bytes;  // not initialised: filled by recv
    for (int left = 0; (left = milliseconds_until(until)) > 0;) {
        pollfd waiting{socket.get(), POLLIN, 0};
        if (::poll(&waiting, 1, left) <= 0) continue;
        const ssize_t size = ::recv(socket.get(), bytes.data(), bytes.size(), 0);
        if (size < 0 && (errno == EINTR || errno == EAGAIN)) continue;
        if (size <= 0) return std::nullopt;
        input.add({bytes.data(), static_cast<std::size_t>(size)});
        if (const auto message = input.next()) return varlink::parse_reply(*message);
        if (input.is_overlong()) return std::nullopt;
    }
    return std::nullopt;
}

}  // namespace

std::string login_socket_of(const ServerAddress& server, const std::string& configured) {
    const bool is_usual = server.port == usual_port || server.port == usual_tls_port;
    return configured.empty() && is_usual ? std::string(usual_socket) : configured;
}

std::optional<std::string> login_ticket(const std::string& socket_path, std::string_view name, int connection) {
    if (socket_path.empty() || !is_own_name(name) || !is_on_this_host(connection)) return std::nullopt;
    const auto until = Clock::now() + patience;
    auto reply = ask(socket_path, until);
    if (!reply) reply = ask(socket_path, until);  // chat-auth may have been killed
    if (!reply || !reply->error.empty()) return std::nullopt;
    const std::string& ticket = reply->parameters["ticket"].text();
    const bool can_be_said = !ticket.empty() && is_clean_text(ticket) && ticket.find(' ') == std::string::npos;
    return can_be_said ? std::optional(ticket) : std::nullopt;
}

}  // namespace chat
