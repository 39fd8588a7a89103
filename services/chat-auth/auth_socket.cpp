// Accepting, reading and answering, each as far as possible without waiting.
#include "chat-auth/auth_socket.h"

#include "chat-auth/calls.h"
#include "shared/system/clock.h"
#include "shared/system/crash_point.h"

#include <sys/epoll.h>
#include <sys/socket.h>

#include <algorithm>
#include <array>
#include <cerrno>
#include <string>
#include <utility>
#include <variant>

namespace chat {
namespace {

varlink::Reply error(AuthSocket::Door door, std::string_view name) {
    return door == AuthSocket::Door::people ? login_error(name) : auth_error(name);
}

}  // namespace

AuthSocket::AuthSocket(EventLoop& loop, AuthWorker& worker, std::function<void(const AuthWorker::Done&)> observe)
    : loop_(&loop),
      worker_(&worker),
      observe_(std::move(observe)),
      answering_(loop.watch(worker.fd(), EPOLLIN, [this](std::uint32_t) { send_answers(); })),
      active_at_(steady_clock()) {}

void AuthSocket::listen_on(Door door, UniqueFd listener) {
    const int fd = listener.get();
    listeners_.push_back(
        {std::move(listener), loop_->watch(fd, EPOLLIN, [this, door, fd](std::uint32_t) { accept_one(door, fd); })});
}

void AuthSocket::accept_one(Door door, int listener) {
    UniqueFd fd(::accept4(listener, nullptr, nullptr, SOCK_NONBLOCK | SOCK_CLOEXEC));
    if (!fd) return;
    ucred caller{};
    socklen_t size = sizeof caller;
    if (::getsockopt(fd.get(), SOL_SOCKET, SO_PEERCRED, &caller, &size) != 0) return;
    if (!make_room(door)) {
        const std::string refusal = varlink::encode(error(door, "TooManyConnections"));
        (void)::send(fd.get(), refusal.data(), refusal.size(), MSG_NOSIGNAL | MSG_DONTWAIT);
        return;
    }
    peers_.push_back({.fd = std::move(fd), .door = door, .uid = caller.uid});
    settle(std::prev(peers_.end()));
}

// The connection without a call that was opened first makes room: its other end has probably died.
bool AuthSocket::make_room(Door door) {
    const auto count =
        std::count_if(peers_.begin(), peers_.end(), [door](const Peer& peer) { return peer.door == door; });
    if (std::cmp_less(count, most_connections)) return true;
    const auto idle = std::find_if(peers_.begin(), peers_.end(),
                                   [door](const Peer& peer) { return peer.door == door && peer.call == 0; });
    if (idle == peers_.end()) return false;
    peers_.erase(idle);
    return true;
}

void AuthSocket::read(Peer& peer) {
    std::array<char, 16'384> bytes;
    const ssize_t size = ::recv(peer.fd.get(), bytes.data(), bytes.size(), MSG_DONTWAIT);
    if (size > 0) {
        peer.input.append({bytes.data(), static_cast<std::size_t>(size)});
        wipe(bytes.data(), static_cast<std::size_t>(size));
    } else if (size == 0) {
        peer.ended = true;
    } else if (errno != EAGAIN && errno != EINTR) {
        peer.broken = true;
    }
}

bool AuthSocket::handle_message(Peer& peer) {
    if (peer.call != 0 || peer.broken) return false;
    const std::string_view input = peer.input.view();
    const std::size_t end = input.find('\0');
    if (std::min(end, input.size()) > most_message) {
        reply(peer, error(peer.door, "MessageTooLong"));
        peer.ended = true;
        peer.input.clear();
        return false;
    }
    if (end == std::string_view::npos) return false;
    handle(peer, input.substr(0, end));
    peer.input = Secret(peer.input.view().substr(end + 1));
    return true;
}

void AuthSocket::handle(Peer& peer, std::string_view message) {
    const auto call = varlink::parse_call(message);
    if (!call || call->more || call->oneway) {  // the acceptor never sends any of this
        peer.broken = true;
        return;
    }
    active_at_ = steady_clock();
    auto read = peer.door == Door::people ? read_login_call(*call, peer.uid) : read_auth_call(*call);
    if (auto* request = std::get_if<AuthRequest>(&read)) {
        CHAT_CRASH_POINT("auth socket: call read");
        if (worker_->submit(last_call_ + 1, std::move(*request))) {
            peer.call = ++last_call_;
            ++calls_;
        } else {
            reply(peer, error(peer.door, "Busy"));
        }
    } else {
        reply(peer, std::get<varlink::Reply>(read));
    }
}

void AuthSocket::send_answers() {
    for (AuthWorker::Done& done : worker_->take_done()) {
        --calls_;
        observe_(done);
        const auto peer = std::find_if(peers_.begin(), peers_.end(),
                                       [&](const Peer& candidate) { return candidate.call == done.number; });
        if (peer == peers_.end()) continue;
        peer->call = 0;
        reply(*peer, !done.answer                 ? error(peer->door, "Busy")
                     : peer->door == Door::people ? login_reply(*done.answer)
                                                  : auth_reply(*done.answer));
        CHAT_CRASH_POINT("auth socket: before the answer");
        settle(peer);
        CHAT_CRASH_POINT("auth socket: answered");
    }
}

void AuthSocket::reply(Peer& peer, const varlink::Reply& reply) {
    std::string text = varlink::encode(reply);
    peer.output.append(text);
    wipe(text.data(), text.size());
}

void AuthSocket::write(Peer& peer) {
    while (peer.written < peer.output.size()) {
        const std::string_view rest = peer.output.view().substr(peer.written);
        const ssize_t size = ::send(peer.fd.get(), rest.data(), rest.size(), MSG_NOSIGNAL | MSG_DONTWAIT);
        if (size < 0 && errno == EINTR) continue;
        if (size < 0) {
            if (errno != EAGAIN) peer.broken = true;
            return;
        }
        peer.written += static_cast<std::size_t>(size);
    }
    peer.output.clear();
    peer.written = 0;
}

void AuthSocket::settle(Place place) {
    Peer& peer = *place;
    do write(peer);
    while (peer.output.empty() && handle_message(peer));
    // A call in progress is performed whether or not somebody waits for its answer.
    if (peer.broken || (peer.ended && peer.call == 0 && peer.output.empty())) {
        peers_.erase(place);
        return;
    }
    std::uint32_t wanted = 0;
    if (!peer.ended && peer.call == 0 && peer.output.empty()) wanted |= EPOLLIN;
    if (!peer.output.empty()) wanted |= EPOLLOUT;
    if (wanted == peer.watched && peer.watched != 0) return;
    peer.registration = {};  // a descriptor can have only one registration
    peer.registration = loop_->watch(peer.fd.get(), wanted, [this, place](std::uint32_t events) {
        if ((events & (EPOLLHUP | EPOLLERR)) != 0 && (events & EPOLLIN) == 0) place->broken = true;
        if ((events & EPOLLIN) != 0) read(*place);
        settle(place);
    });
    peer.watched = wanted;
}

}  // namespace chat
