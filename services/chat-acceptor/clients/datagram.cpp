// Answering datagrams.
#include "chat-acceptor/clients/datagram.h"

#include <netinet/in.h>
#include <sys/socket.h>
#include <sys/uio.h>

#include <algorithm>
#include <cstring>

namespace chat {
namespace {

constexpr std::string_view unknown_request = "ERROR unknown request";
constexpr unsigned lowest_answered_port = 1024;

// A datagram with its sender and, in a control message, the local address that it was sent to (ip(7), IP_PKTINFO;
// ipv6(7), IPV6_PKTINFO).
struct Exchange {
    explicit Exchange(std::vector<char>& buffer) : bytes(buffer) {}

    bool receive(int fd) {
        header.msg_name = &from;
        header.msg_namelen = sizeof from;
        part = {bytes.data(), bytes.size()};
        header.msg_iov = &part;
        header.msg_iovlen = 1;
        header.msg_control = control;
        header.msg_controllen = sizeof control;
        size = ::recvmsg(fd, &header, MSG_DONTWAIT);
        return size >= 0;
    }

    // If it cannot be sent now it is lost, as datagrams may be.
    void answer(int fd, std::string_view text) {
        part = {const_cast<char*>(text.data()), text.size()};
        const bool has_source = keep_source();
        if (!has_source) header.msg_controllen = 0;
        if (::sendmsg(fd, &header, MSG_DONTWAIT | MSG_NOSIGNAL) >= 0 || !has_source) return;
        header.msg_controllen = 0;  // it was sent to an address that cannot be a source, such as a broadcast one
        (void)::sendmsg(fd, &header, MSG_DONTWAIT | MSG_NOSIGNAL);
    }

    std::vector<char>& bytes;
    ssize_t size = 0;
    sockaddr_storage from{};

  private:
    // Turns what was received into what is to be sent: the source address, and no interface, so that the routes decide.
    bool keep_source() noexcept {
        cmsghdr* message = CMSG_FIRSTHDR(&header);
        if (message == nullptr) return false;
        if (message->cmsg_level == IPPROTO_IP && message->cmsg_type == IP_PKTINFO) {
            in_pktinfo info{};
            std::memcpy(&info, CMSG_DATA(message), sizeof info);
            // A datagram that came before prepare() has only its destination.
            if (info.ipi_spec_dst.s_addr == INADDR_ANY) info.ipi_spec_dst = info.ipi_addr;
            info.ipi_ifindex = 0;
            std::memcpy(CMSG_DATA(message), &info, sizeof info);
            header.msg_controllen = CMSG_SPACE(sizeof info);
            return true;
        }
        if (message->cmsg_level == IPPROTO_IPV6 && message->cmsg_type == IPV6_PKTINFO) {
            in6_pktinfo info{};
            std::memcpy(&info, CMSG_DATA(message), sizeof info);
            if (!IN6_IS_ADDR_LINKLOCAL(&info.ipi6_addr)) info.ipi6_ifindex = 0;
            std::memcpy(CMSG_DATA(message), &info, sizeof info);
            header.msg_controllen = CMSG_SPACE(sizeof info);
            return true;
        }
        return false;
    }

    msghdr header{};
    iovec part{};
    alignas(cmsghdr) char control[CMSG_SPACE(sizeof(in6_pktinfo)) + CMSG_SPACE(sizeof(in_pktinfo))] = {};
};

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

bool ErrorAnswers::take(const Address& address, Microseconds now) {
    const Network network = Network::of_host(address);
    auto host = std::find_if(hosts_.begin(), hosts_.end(), [&](const Host& known) { return known.network == network; });
    if (host == hosts_.end()) {
        if (hosts_.size() < max_hosts) {
            host = hosts_.insert(hosts_.end(), Host{});
        } else {
            host = std::min_element(hosts_.begin(), hosts_.end(),
                                    [](const Host& a, const Host& b) { return a.used_at < b.used_at; });
        }
        *host = {network, {}, now};
    }
    host->used_at = now;
    return host->rate.take(a_second_for_a_host, a_second_for_a_host, now) && all_.take(a_second, a_second, now);
}

void DatagramService::prepare(int fd) noexcept {
    const int on = 1;
    // The first one fails for an IPv4 socket; for an IPv6 socket it covers mapped addresses too.
    if (::setsockopt(fd, IPPROTO_IPV6, IPV6_RECVPKTINFO, &on, sizeof on) != 0)
        (void)::setsockopt(fd, IPPROTO_IP, IP_PKTINFO, &on, sizeof on);
}

void DatagramService::serve(int fd) {
    constexpr int most = 64;
    constexpr std::size_t largest = 65'536;  // of a datagram
    bytes_.resize(largest);                  // allocated once
    Exchange exchange(bytes_);
    for (int i = 0; i < most; ++i) {
        if (!exchange.receive(fd)) return;
        const auto address = Address::of(exchange.from);
        if (!address || port_of(exchange.from) < lowest_answered_port || is_banned_(*address)) continue;
        const std::string answer =
            answer_datagram({exchange.bytes.data(), static_cast<std::size_t>(exchange.size)}, wall_clock());
        if (answer.empty()) continue;
        if (answer == unknown_request && !errors_.take(*address, steady_clock())) continue;
        exchange.answer(fd, answer);
    }
}

}  // namespace chat
