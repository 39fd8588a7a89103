// The table of connections and its epoll set.
#include "chat-acceptor/clients/connections.h"

#include "shared/memory/slot_notes.h"

#include <sys/epoll.h>

#include <array>
#include <cerrno>
#include <system_error>
#include <utility>

namespace chat {
namespace {

using Stage = Connection::Stage;

constexpr std::uint32_t input_events = EPOLLIN | EPOLLRDHUP;

constexpr std::size_t longest_irc_line = 4096 + 512;  // bytes: tags, and the line with its end

// A connection that waits for its turn stays in the set: it is skipped until then. While a connection waits for an
// answer, only its end is noticed; the kernel always reports that.
bool is_watched(const Connection& connection) noexcept {
    return connection.input == Connection::Input::open &&
           (connection.stage == Stage::open || connection.stage == Stage::waiting || connection.stage == Stage::asking);
}

}  // namespace

Connections::Connections(const Segment& segment)
    : segment_(&segment), epoll_(::epoll_create1(EPOLL_CLOEXEC)), entries_(segment.sizes().slots) {
    if (!epoll_) throw std::system_error(errno, std::generic_category(), "creating the epoll set");
}

Connection& Connections::put(SlotId client, UniqueFd fd, std::uint64_t received) {
    auto& entry = entries_[client.slot];
    const DialectId dialect = dialect_id(valid_row(segment_->slots()[client.slot]).dialect);
    const std::size_t longest_line = dialect == DialectId::irc ? longest_irc_line : 0;
    entry = std::make_unique<Connection>(client, std::move(fd), Inbox(*segment_, client.slot, received, longest_line));
    entry->dialect = dialect;
    return *entry;
}

Connection& Connections::add(SlotId client, UniqueFd fd, std::uint64_t received) {
    Connection& connection = put(client, std::move(fd), received);
    connection.inbox.wipe_last_line();
    watch(connection, EPOLL_CTL_ADD, input_events);
    return connection;
}

Connection& Connections::add_missing(SlotId client) {
    Connection& connection = put(client, UniqueFd(), 0);
    connection.stage = Stage::missing;
    return connection;
}

Connection& Connections::add_broken(SlotId client, UniqueFd fd, LeaveReason reason) {
    Connection& connection = put(client, std::move(fd), 0);
    connection.input = Connection::Input::broken;
    connection.end_reason = reason;
    return connection;
}

Connection& Connections::add_left(SlotId client, UniqueFd fd) {
    Connection& connection = put(client, std::move(fd), 0);
    connection.stage = Stage::left;
    ++left_;
    return connection;
}

void Connections::watch(Connection& connection, int change, std::uint32_t events) noexcept {
    epoll_event event{};
    event.events = events;
    event.data.u32 = connection.client.slot;
    if (::epoll_ctl(epoll_.get(), change, connection.fd.get(), &event) == 0) return;
    connection.input = Connection::Input::broken;
    connection.end_reason = LeaveReason::lost;
}

void Connections::unwatch(const Connection& connection) noexcept {
    // Other processes keep the socket open: closing it here would not remove it from the set.
    if (is_watched(connection)) ::epoll_ctl(epoll_.get(), EPOLL_CTL_DEL, connection.fd.get(), nullptr);
}

Connection* Connections::find(SlotId client) noexcept {
    if (client.slot >= entries_.size()) return nullptr;
    Connection* entry = entries_[client.slot].get();
    return entry != nullptr && entry->client == client ? entry : nullptr;
}

void Connections::end_input(Connection& connection, Connection::Input how, LeaveReason reason) noexcept {
    unwatch(connection);
    connection.input = how;
    connection.end_reason = reason;
}

void Connections::pause(Connection& connection) noexcept {
    unwatch(connection);
    connection.stage = Stage::paused;
}

void Connections::await_answer(Connection& connection) noexcept {
    if (is_watched(connection)) watch(connection, EPOLL_CTL_MOD, 0);
    connection.stage = Stage::asking;
}

void Connections::resume(Connection& connection) noexcept {
    const int change = connection.stage == Stage::asking ? EPOLL_CTL_MOD : EPOLL_CTL_ADD;
    connection.stage = Stage::open;
    if (is_watched(connection)) watch(connection, change, input_events);
}

void Connections::leave(Connection& connection) noexcept {
    unwatch(connection);
    if (connection.stage != Stage::left) ++left_;
    connection.stage = Stage::left;
}

UniqueFd Connections::remove(std::uint32_t slot) noexcept {
    auto entry = std::exchange(entries_[slot], nullptr);
    if (entry == nullptr) return {};
    unwatch(*entry);
    if (entry->stage == Stage::left) --left_;
    return std::move(entry->fd);
}

bool Connections::has_taken_all(const Connection& connection, Position end) const noexcept {
    const Slot& slot = segment_->slots()[connection.client.slot];
    return connection.stage != Stage::missing && segment_->words().head.load(std::memory_order_acquire) >= end &&
           unsent_bytes(slot, connection.client.generation) == 0 && !given_up(slot, connection.client);
}

std::span<const std::uint32_t> Connections::ready_slots() {
    std::array<epoll_event, 256> events;
    const int count = ::epoll_wait(epoll_.get(), events.data(), static_cast<int>(events.size()), 0);
    ready_.clear();
    for (int i = 0; i < count; ++i) ready_.push_back(events[static_cast<std::size_t>(i)].data.u32);
    return ready_;
}

}  // namespace chat
