// Answering datagrams.
#include "chat-acceptor/clients/datagram.h"

#include <sys/socket.h>

namespace chat {
namespace {

constexpr std::string_view unknown_request = "ERROR unknown request";

}  // namespace

std::string answer_datagram(std::string_view request, Microseconds now) {
    constexpr std::string_view echo = "ECHO ";
    if (request.ends_with('\n')) request.remove_suffix(1);
    if (request.ends_with('\r')) request.remove_suffix(1);
    // If someone makes two such servers send to each other, their answers must not circulate forever.
    if (request.empty() || request == unknown_request) return {};
    if (request == "SEND_DATE") return local_date(now);
    if (request == "SEND_TIME") return local_time(now);
    if (request.starts_with(echo)) return std::string(request.substr(echo.size()));
    return std::string(unknown_request);
}

void serve_datagrams(int fd) {
    constexpr int most = 64;
    char request[65'536];
    for (int i = 0; i < most; ++i) {
        sockaddr_storage from{};
        socklen_t from_size = sizeof from;
        const ssize_t size =
            ::recvfrom(fd, request, sizeof request, MSG_DONTWAIT, reinterpret_cast<sockaddr*>(&from), &from_size);
        if (size < 0) return;
        const std::string answer = answer_datagram({request, static_cast<std::size_t>(size)}, wall_clock());
        // If it cannot be sent now it is lost, as datagrams may be.
        if (!answer.empty())
            (void)::sendto(fd, answer.data(), answer.size(), MSG_DONTWAIT | MSG_NOSIGNAL,
                           reinterpret_cast<const sockaddr*>(&from), from_size);
    }
}

}  // namespace chat
