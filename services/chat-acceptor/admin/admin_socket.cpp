// Accepting, reading, answering and writing, each as far as possible without waiting.
#include "chat-acceptor/admin/admin_socket.h"

#include "shared/system/clock.h"

#include <sys/epoll.h>
#include <sys/socket.h>

#include <algorithm>
#include <array>
#include <cerrno>
#include <fstream>
#include <utility>

namespace chat {
namespace {

// What the kernel shows instead of a user that is not mapped into this process's user namespace (PrivateUsers=). If
// /proc shows only processes (ProcSubset=pid), the kernel's default is assumed.
std::uint32_t overflow_uid() {
    std::uint32_t uid = 0;
    std::ifstream file("/proc/sys/kernel/overflowuid");
    return file >> uid ? uid : unknown_uid;
}

// Empty if the kernel does not tell.
std::optional<std::uint32_t> user_of(int fd) {
    ucred credentials{};
    socklen_t size = sizeof credentials;
    if (::getsockopt(fd, SOL_SOCKET, SO_PEERCRED, &credentials, &size) != 0) return std::nullopt;
    if (credentials.uid == overflow_uid()) return std::nullopt;
    return credentials.uid;
}

}  // namespace

AdminSocket::Peer::Peer(UniqueFd socket, std::optional<std::uint32_t> its_uid)
    : fd(std::move(socket)), uid(its_uid), active_at(steady_clock()) {}

AdminSocket::AdminSocket(EventLoop& loop, Handler handler) : loop_(&loop), handler_(std::move(handler)) {}

void AdminSocket::listen_on(UniqueFd listener) {
    listeners_.push_back(std::move(listener));
    listening_.clear();
    resume_accepting();
}

void AdminSocket::resume_accepting() {
    if (!listening_.empty()) return;
    for (const UniqueFd& listener : listeners_)
        listening_.push_back(
            loop_->watch(listener.get(), EPOLLIN, [this, fd = listener.get()](std::uint32_t) { accept_one(fd); }));
}

void AdminSocket::accept_one(int listener) {
    UniqueFd fd(::accept4(listener, nullptr, nullptr, SOCK_NONBLOCK | SOCK_CLOEXEC));
    if (!fd) {
        // Without a free descriptor this event would repeat at once, forever.
        if (errno == EMFILE || errno == ENFILE || errno == ENOBUFS || errno == ENOMEM) listening_.clear();
        return;
    }
    const auto uid = user_of(fd.get());
    if (!make_room()) {
        const std::string refusal = varlink::encode(admin_error("TooManyConnections").reply);
        (void)::send(fd.get(), refusal.data(), refusal.size(), MSG_NOSIGNAL | MSG_DONTWAIT);
        return;
    }
    peers_.emplace_back(std::move(fd), uid);
    serve(std::prev(peers_.end()));
}

bool AdminSocket::make_room() {
    if (peers_.size() < max_connections) return true;
    auto idlest = peers_.end();
    for (auto peer = peers_.begin(); peer != peers_.end(); ++peer)
        if (!peer->batches && (idlest == peers_.end() || peer->active_at < idlest->active_at)) idlest = peer;
    if (idlest == peers_.end()) return false;
    peers_.erase(idlest);
    return true;
}

void AdminSocket::on_events(Place peer, std::uint32_t events) {
    if ((events & (EPOLLHUP | EPOLLERR)) != 0 && (events & EPOLLIN) == 0) peer->broken = true;
    if ((events & EPOLLIN) != 0) read(*peer);
    serve(peer);
}

void AdminSocket::read(Peer& peer) {
    std::array<char, 16'384> bytes;
    const ssize_t size = ::recv(peer.fd.get(), bytes.data(), bytes.size(), MSG_DONTWAIT);
    if (size > 0) {
        peer.input.add({bytes.data(), static_cast<std::size_t>(size)});
        peer.active_at = steady_clock();
    } else if (size == 0) {
        peer.input_ended = true;
    } else if (errno != EAGAIN && errno != EINTR) {
        peer.broken = true;
    }
}

bool AdminSocket::handle_message(Peer& peer) {
    if (peer.batches || peer.ending || peer.output.size() >= max_output) return false;
    const auto message = peer.input.next();
    if (!message) {
        if (peer.input.is_overlong()) peer.output += varlink::encode(admin_error("MessageTooLong").reply);
        peer.ending = peer.input_ended || peer.input.is_overlong();
        return false;
    }
    if (const auto call = varlink::parse_call(*message))
        handle(peer, *call);
    else
        peer.ending = true;  // as the standard requires: a peer that sends anything invalid is disconnected
    return true;
}

void AdminSocket::handle(Peer& peer, const varlink::Call& call) {
    AdminAnswer answer = handler_(call, peer.uid);
    if (call.oneway) return;
    if (answer.batches)
        peer.batches = std::move(answer.batches);
    else
        peer.output += varlink::encode(answer.reply);
}

bool AdminSocket::make_batch(Peer& peer) {
    if (!peer.batches || peer.output.size() >= max_output) return false;
    AdminBatch batch = peer.batches();
    if (batch.last) peer.batches = nullptr;
    if (!batch.reply) return false;
    batch.reply->continues = !batch.last;
    peer.output += varlink::encode(*batch.reply);
    return true;
}

void AdminSocket::write(Peer& peer) {
    std::size_t written = 0;
    while (written < peer.output.size()) {
        const ssize_t size = ::send(peer.fd.get(), peer.output.data() + written, peer.output.size() - written,
                                    MSG_NOSIGNAL | MSG_DONTWAIT);
        if (size >= 0) {
            written += static_cast<std::size_t>(size);
            continue;
        }
        if (errno == EINTR) continue;
        if (errno != EAGAIN) peer.broken = true;
        break;
    }
    peer.output.erase(0, written);
}

void AdminSocket::serve(Place place) {
    Peer& peer = *place;
    do {
        while (handle_message(peer)) {
        }
        while (make_batch(peer)) {
        }
        write(peer);
        // What a batch or a full output held back is handled once those are done.
    } while (!peer.broken && peer.output.empty() && (handle_message(peer) || make_batch(peer)));
    if (peer.broken || (peer.ending && !peer.batches && peer.output.empty())) {
        peers_.erase(place);
        return;
    }
    // One thing at a time: while a call is being answered nothing more is read, and a full output is written first.
    std::uint32_t wanted = EPOLLHUP;
    if (!peer.input_ended && !peer.ending && !peer.batches && peer.output.size() < max_output) wanted |= EPOLLIN;
    if (!peer.output.empty()) wanted |= EPOLLOUT;
    if (wanted == peer.watched) return;
    peer.registration = {};  // a descriptor can have only one registration
    peer.registration =
        loop_->watch(peer.fd.get(), wanted, [this, place](std::uint32_t events) { on_events(place, events); });
    peer.watched = wanted;
}

void AdminSocket::send_batches() {
    for (auto peer = peers_.begin(); peer != peers_.end();) {
        const auto place = peer++;
        if (place->batches) serve(place);
    }
}

bool AdminSocket::has_followers() const noexcept {
    return std::any_of(peers_.begin(), peers_.end(), [](const Peer& peer) { return static_cast<bool>(peer.batches); });
}

}  // namespace chat
