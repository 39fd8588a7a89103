// Peeking, waiting, and giving up.
#include "chat-acceptor/clients/proxied_newcomers.h"

#include "chat-acceptor/clients/linger.h"
#include "shared/system/daemon.h"

#include <sys/epoll.h>
#include <sys/socket.h>
#include <unistd.h>

#include <array>
#include <cerrno>
#include <fstream>
#include <system_error>
#include <utility>

namespace chat {

ProxiedNewcomers::ProxiedNewcomers(std::string token, Handler on_header, std::function<void(Newcomer&)> on_waiting)
    : token_(std::move(token)),
      on_header_(std::move(on_header)),
      on_waiting_(std::move(on_waiting)),
      epoll_(::epoll_create1(EPOLL_CLOEXEC)) {
    if (!epoll_) throw std::system_error(errno, std::generic_category(), "creating the epoll set");
}

ProxyHeaderFit ProxiedNewcomers::look_at(Newcomer& newcomer) const {
    char bytes[largest_proxy_header];
    const ssize_t seen = ::recv(newcomer.fd.get(), bytes, sizeof bytes, MSG_PEEK | MSG_DONTWAIT);
    if (seen < 0 && (errno == EAGAIN || errno == EINTR)) return ProxyHeaderFit::incomplete;
    if (seen <= 0) return ProxyHeaderFit::invalid;
    const ProxyHeaderFit fit = parse_proxy_header({bytes, static_cast<std::size_t>(seen)}, token_, newcomer.header);
    if (fit == ProxyHeaderFit::whole) {
        newcomer.peer = newcomer.header.peer();
        newcomer.address = newcomer.header.address;
    }
    return fit;
}

void ProxiedNewcomers::add(Newcomer newcomer) {
    newcomer.is_proxied = true;
    switch (look_at(newcomer)) {
        case ProxyHeaderFit::whole:
            return on_header_(std::move(newcomer));
        case ProxyHeaderFit::invalid:
            return end_connection(std::move(newcomer.fd));
        case ProxyHeaderFit::incomplete:
            break;
    }
    if (waiting_.size() >= max_waiting) {
        end(waiting_.front().newcomer);
        waiting_.pop_front();
    }
    waiting_.push_back({std::move(newcomer), steady_clock() + timeout});
    Waiting& waiting = waiting_.back();
    // Edge-triggered: what is there stays there.
    epoll_event event{};
    event.events = EPOLLIN | EPOLLRDHUP | EPOLLET;
    event.data.ptr = &waiting;
    if (::epoll_ctl(epoll_.get(), EPOLL_CTL_ADD, waiting.newcomer.fd.get(), &event) != 0) {
        end_connection(std::move(waiting.newcomer.fd));
        waiting_.pop_back();
        return;
    }
    if (on_waiting_) on_waiting_(waiting.newcomer);
}

void ProxiedNewcomers::end(Newcomer& newcomer) noexcept {
    unwatch(newcomer);
    end_connection(std::move(newcomer.fd));
}

// Closing is not enough: the service manager has a copy of the socket, which would go on reporting events of an entry
// that is gone (epoll(7)).
void ProxiedNewcomers::unwatch(const Newcomer& newcomer) noexcept {
    ::epoll_ctl(epoll_.get(), EPOLL_CTL_DEL, newcomer.fd.get(), nullptr);
}

void ProxiedNewcomers::serve() {
    std::array<epoll_event, 64> events;
    const int count = ::epoll_wait(epoll_.get(), events.data(), static_cast<int>(events.size()), 0);
    for (int i = 0; i < count; ++i) {
        Waiting& waiting = *static_cast<Waiting*>(events[static_cast<std::size_t>(i)].data.ptr);
        const ProxyHeaderFit fit = look_at(waiting.newcomer);
        if (fit == ProxyHeaderFit::incomplete) continue;
        unwatch(waiting.newcomer);
        waiting.is_over = true;
        if (fit == ProxyHeaderFit::whole)
            on_header_(std::move(waiting.newcomer));
        else
            end_connection(std::move(waiting.newcomer.fd));
    }
    std::erase_if(waiting_, [](const Waiting& waiting) { return waiting.is_over; });
}

void ProxiedNewcomers::tick() {
    const Microseconds now = steady_clock();
    while (!waiting_.empty() && waiting_.front().until <= now) {
        // Nobody looked while the queue was full: a header that is there has not come too late.
        Newcomer newcomer = std::move(waiting_.front().newcomer);
        waiting_.pop_front();
        if (look_at(newcomer) != ProxyHeaderFit::whole) {
            end(newcomer);
            continue;
        }
        unwatch(newcomer);
        on_header_(std::move(newcomer));
    }
}

bool discard_header(int fd, std::size_t size) noexcept {
    char bytes[largest_proxy_header];
    if (size > sizeof bytes) return false;
    ssize_t read = 0;
    do {
        read = ::recv(fd, bytes, size, MSG_DONTWAIT);
    } while (read < 0 && errno == EINTR);
    return read == static_cast<ssize_t>(size);
}

std::string read_proxy_token(const std::string& directory) {
    const std::string path = directory + "/proxy.token";
    std::ifstream file(path);
    std::string token;
    if (std::getline(file, token) && !token.empty()) return token;
    if (::access(path.c_str(), F_OK) != 0 && errno == ENOENT) return {};
    throw SetupError(path + ": it must contain the token of proxied connections");
}

}  // namespace chat
