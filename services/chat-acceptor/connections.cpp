// The table of connections and its epoll set.
#include "chat-acceptor/connections.h"

#include <sys/epoll.h>

#include <array>
#include <cerrno>
#include <system_error>
#include <utility>

namespace chat {

Connections::Connections(const Segment& segment)
    : segment_(&segment), epoll_(::epoll_create1(EPOLL_CLOEXEC)), entries_(segment.sizes().slots) {
    if (!epoll_) throw std::system_error(errno, std::generic_category(), "making the epoll set");
}

Connection& Connections::add(SlotId client, UniqueFd fd, std::uint64_t received, bool reading) {
    auto& entry = entries_[client.slot];
    entry = std::make_unique<Connection>(client, std::move(fd), Inbox(*segment_, client.slot, received));
    entry->reading = reading;
    if (reading) watch(*entry);
    return *entry;
}

void Connections::watch(const Connection& connection) {
    epoll_event event{};
    event.events = EPOLLIN | EPOLLRDHUP;
    event.data.u32 = connection.client.slot;
    if (::epoll_ctl(epoll_.get(), EPOLL_CTL_ADD, connection.fd.get(), &event) != 0)
        throw std::system_error(errno, std::generic_category(), "watching a client");
}

Connection* Connections::find(SlotId client) noexcept {
    if (client.slot >= entries_.size()) return nullptr;
    Connection* entry = entries_[client.slot].get();
    return entry != nullptr && entry->client == client ? entry : nullptr;
}

void Connections::stop_reading(Connection& connection) noexcept {
    if (!connection.reading) return;
    connection.reading = false;
    // The socket lives on in other processes: closing it here would not take it out of the set.
    ::epoll_ctl(epoll_.get(), EPOLL_CTL_DEL, connection.fd.get(), nullptr);
}

void Connections::pause(Connection& connection) noexcept {
    connection.paused = true;
    if (connection.reading) ::epoll_ctl(epoll_.get(), EPOLL_CTL_DEL, connection.fd.get(), nullptr);
}

void Connections::resume(Connection& connection) {
    connection.paused = false;
    if (connection.reading) watch(connection);
}

UniqueFd Connections::remove(std::uint32_t slot) noexcept {
    auto entry = std::exchange(entries_[slot], nullptr);
    if (entry == nullptr) return {};
    if (entry->reading) ::epoll_ctl(epoll_.get(), EPOLL_CTL_DEL, entry->fd.get(), nullptr);
    return std::move(entry->fd);
}

std::span<const std::uint32_t> Connections::ready_slots() {
    std::array<epoll_event, 256> events;
    const int count = ::epoll_wait(epoll_.get(), events.data(), static_cast<int>(events.size()), 0);
    ready_.clear();
    for (int i = 0; i < count; ++i) ready_.push_back(events[static_cast<std::size_t>(i)].data.u32);
    return ready_;
}

}  // namespace chat
