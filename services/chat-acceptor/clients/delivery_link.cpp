// Connecting, sending in order, and receiving over the link.
#include "chat-acceptor/clients/delivery_link.h"

#include <fcntl.h>
#include <sys/epoll.h>

#include <utility>

namespace chat {

DeliveryLink::DeliveryLink(EventLoop& loop, std::string path, std::function<void(Link::Received&)> on_message,
                           std::function<void()> on_connected)
    : loop_(&loop),
      path_(std::move(path)),
      on_message_(std::move(on_message)),
      on_connected_(std::move(on_connected)) {}

void DeliveryLink::connect() {
    if (link_.is_open()) return;
    auto link = Link::connect(path_);
    if (!link) return;
    link_ = std::move(*link);
    watch();
    on_connected_();
}

void DeliveryLink::watch() {
    registration_ = {};  // a descriptor can have only one registration
    const std::uint32_t events = waiting_.empty() ? EPOLLIN : EPOLLIN | EPOLLOUT;
    registration_ = loop_->watch(link_.fd(), events, [this](std::uint32_t came) { on_events(came); });
}

void DeliveryLink::disconnect() {
    registration_ = {};
    link_.close();
    waiting_.clear();
}

void DeliveryLink::on_events(std::uint32_t events) {
    if ((events & EPOLLOUT) != 0) flush();
    Link::Received received;
    for (int i = 0; i < 256 && link_.is_open(); ++i) {
        const auto read = link_.receive(received);
        if (read == Link::Read::nothing) return;
        if (read == Link::Read::broken) {
            disconnect();
            connect();
            return;
        }
        on_message_(received);
    }
}

void DeliveryLink::flush() {
    while (!waiting_.empty() && link_.is_open()) {
        const auto sent = link_.send(waiting_.front().message, waiting_.front().fd.get());
        if (sent == Link::Sent::later) return;
        if (sent == Link::Sent::broken) break;  // reading will notice
        waiting_.pop_front();
    }
    if (waiting_.empty() && link_.is_open()) watch();
}

void DeliveryLink::send(const LinkMessage& message, int fd) {
    if (!link_.is_open()) return;
    if (waiting_.empty() && link_.send(message, fd) != Link::Sent::later) return;
    UniqueFd copy(fd >= 0 ? ::fcntl(fd, F_DUPFD_CLOEXEC, 0) : -1);
    // Without its descriptor the message would be no answer. The next connection starts over.
    if (fd >= 0 && !copy) return disconnect();
    waiting_.push_back({message, std::move(copy)});
    if (waiting_.size() == 1) watch();
}

bool DeliveryLink::try_send(const LinkMessage& message, int fd) {
    return link_.is_open() && waiting_.empty() && link_.send(message, fd) == Link::Sent::yes;
}

}  // namespace chat
