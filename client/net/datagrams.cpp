// Questions and answers over UDP: see datagrams.h.
#include "client/net/datagrams.h"

#include "client/net/deadline.h"

#include <netdb.h>
#include <poll.h>
#include <sys/socket.h>

#include <cerrno>
#include <cstddef>
#include <memory>
#include <system_error>

namespace chat {

namespace {

using Clock = std::chrono::steady_clock;
constexpr std::size_t longest_datagram = 65'536;

void discard_late_answers(int socket) {
    char byte = 0;
    for (int i = 0; i < 1000 && (::recv(socket, &byte, 1, MSG_DONTWAIT) >= 0 || errno == ECONNREFUSED); ++i) {
    }
}

}  // namespace

Datagrams::Datagrams(const ServerAddress& server) {
    addrinfo wanted{};
    wanted.ai_family = AF_UNSPEC;
    wanted.ai_socktype = SOCK_DGRAM;
    wanted.ai_flags = AI_NUMERICSERV;
    addrinfo* list = nullptr;
    const int error = ::getaddrinfo(server.host.c_str(), server.port.c_str(), &wanted, &list);
    if (error != 0) throw NoServer("cannot find the server " + server.host + ": " + ::gai_strerror(error));
    const std::unique_ptr<addrinfo, void (*)(addrinfo*)> owned(list, ::freeaddrinfo);
    int problem = 0;
    for (const addrinfo* address = list; address != nullptr; address = address->ai_next) {
        UniqueFd socket(::socket(address->ai_family, address->ai_socktype | SOCK_CLOEXEC, address->ai_protocol));
        // Connected, so that answers from others are dropped and the machine's "port unreachable" is reported.
        if (socket && ::connect(socket.get(), address->ai_addr, address->ai_addrlen) == 0) {
            socket_ = std::move(socket);
            return;
        }
        problem = errno;
    }
    throw NoServer("cannot reach " + server.written() + ": " + std::generic_category().message(problem));
}

DatagramAnswer Datagrams::ask(std::string_view question, std::chrono::milliseconds timeout) {
    discard_late_answers(socket_.get());
    if (::send(socket_.get(), question.data(), question.size(), 0) < 0 && errno != ECONNREFUSED) {
        throw NoServer("cannot send: " + std::generic_category().message(errno));
    }
    const auto deadline = Clock::now() + timeout;
    for (;;) {
        const int left = milliseconds_until(deadline);
        if (left == 0) return {DatagramOutcome::timeout, {}};
        pollfd waiting{socket_.get(), POLLIN, 0};
        if (::poll(&waiting, 1, left) <= 0) continue;
        std::string answer(longest_datagram, '\0');
        const ssize_t count = ::recv(socket_.get(), answer.data(), answer.size(), MSG_DONTWAIT);
        if (count < 0 && errno == ECONNREFUSED) return {DatagramOutcome::refused, {}};
        if (count < 0) continue;
        answer.resize(static_cast<std::size_t>(count));
        while (answer.ends_with('\n') || answer.ends_with('\r')) answer.pop_back();
        return {DatagramOutcome::answered, std::move(answer)};
    }
}

}  // namespace chat
