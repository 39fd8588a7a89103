// Appends to outboxes and writes them out.
#include "chat-delivery/outboxes.h"

#include "chat-delivery/unsent.h"
#include "shared/system/crash_point.h"
#include "shared/system/stream_position.h"

#include <sys/epoll.h>
#include <sys/socket.h>
#include <sys/uio.h>

#include <algorithm>
#include <cerrno>
#include <utility>

namespace chat {

Outboxes::Outboxes(const Segment& segment, int epoll_fd)
    : segment_(&segment), epoll_fd_(epoll_fd), entries_(segment.sizes().slots) {}

bool Outboxes::reserve(std::uint32_t number, OutboxMemory wanted) {
    OutboxMemory& reserved = entries_[number].reserved;
    // A ring wraps around, so it never needs more than its size. Growth doubles.
    const auto more = [](std::size_t has, std::size_t wants, std::size_t all) {
        return wants <= has ? has : std::min(all, std::max(wants, 2 * has));
    };
    const OutboxMemory grown = OutboxMemory{more(reserved.bytes, wanted.bytes, segment_->outbox(number).size()),
                                            more(reserved.entries, wanted.entries, segment_->ledger(number).capacity())}
                                   .in_whole_pages();
    entries_[number].holds_memory = true;
    if (!reserved.covers(grown) && !segment_->reserve_outbox(number, grown)) {
        out_of_memory_.note();
        return false;
    }
    reserved = grown;
    return true;
}

void Outboxes::release(std::uint32_t number) {
    segment_->release_outbox(number);
    entries_[number].reserved = {};
    entries_[number].holds_memory = false;
}

void Outboxes::commit(Slot& slot, std::uint64_t sequence, const OutboxEnd& end) noexcept {
    const std::uint64_t idle = ~slot.outbox_commit.load(std::memory_order_relaxed) & 1U;
    slot.outbox[idle] = end;
    CHAT_CRASH_POINT("outbox: lines written");
    slot.outbox_commit.store((sequence + 1) << 1U | idle, std::memory_order_release);
    CHAT_CRASH_POINT("outbox: lines committed");
}

bool Outboxes::begin(SlotId client, std::uint64_t sequence, std::string_view lines) {
    Slot& slot = this->slot(client.slot);
    if (slot.outbox_commit.load(std::memory_order_relaxed) >> 1U > sequence) return false;
    slot.written.store(0, std::memory_order_relaxed);
    CHAT_CRASH_POINT("outbox: slot's outbox begun");
    slot.gave_up_at.store(0, std::memory_order_relaxed);
    entries_[client.slot].reserved = {};
    const bool fits = lines.size() <= segment_->outbox(client.slot).size();
    if (!fits || !reserve(client.slot, {.bytes = lines.size()})) {
        commit(slot, sequence, {0, 0, client.generation, 0, 0});
        give_up_from(client, sequence + 1, fits ? LeaveReason::no_memory : LeaveReason::slow);
        return true;
    }
    ByteRing<std::byte>(segment_->outbox(client.slot), 0).write(0, lines);
    commit(slot, sequence, {lines.size(), 0, client.generation, 0, 0});
    mark(client.slot);
    return true;
}

Outboxes::Append Outboxes::append(SlotId client, std::uint64_t sequence, const OutboxLines& lines,
                                  std::uint64_t voice) {
    if (client.slot >= entries_.size()) return Append::gone;
    Slot& slot = this->slot(client.slot);
    Entry& entry = entries_[client.slot];
    const OutboxEnd& end = committed_end(slot);
    if (end.generation != client.generation) return Append::gone;
    if (slot.outbox_commit.load(std::memory_order_relaxed) >> 1U > sequence) return Append::done;
    if (is_given_up(slot, client)) return Append::gone;
    const std::uint64_t written = slot.written.load(std::memory_order_relaxed);
    OutboxSpace space(end, written);
    // Memory that is reserved and does not wrap around has room, if `written` is within it.
    const OutboxMemory wanted = space.memory_for(lines);
    const bool has_memory = written - space.base <= space.tail - space.base && entry.reserved.covers(wanted) &&
                            wanted.bytes <= segment_->sizes().outbox;
    if (!has_memory && !make_room(client, sequence, lines, space)) return Append::gone;
    const ByteRing<std::byte> ring(segment_->outbox(client.slot), space.base);
    ring.write(space.tail, lines.text);
    if (!lines.messages.empty()) {
        const Ledger ledger = segment_->ledger(client.slot);
        for (const auto& [begin, id, origin] : lines.messages)
            ledger.at(space.entries++) = {space.tail + begin, id, origin.sender, origin.kind, {}, origin.account, {}};
    }
    commit(slot, sequence,
           {space.tail + lines.text.size(), space.base, client.generation, space.entries,
            voice == same_voice ? end.voice : voice});
    mark(entry, client.slot);
    return Append::done;
}

// In an outbox that has to grow, wraps around, or is full. False: the client was given up.
bool Outboxes::make_room(SlotId client, std::uint64_t sequence, const OutboxLines& lines, OutboxSpace& space) {
    Slot& slot = this->slot(client.slot);
    Entry& entry = entries_[client.slot];
    std::uint64_t written = slot.written.load(std::memory_order_relaxed);
    bool fits = space.has_room(*segment_, client.slot, written, lines);
    if (!fits) {
        // A client that reads is not slow just because much arrived at once: write pending data before counting it.
        write_out(entry);
        written = slot.written.load(std::memory_order_relaxed);
        if (is_given_up(slot, client)) return false;
        space = OutboxSpace(committed_end(slot), written);
        fits = space.has_room(*segment_, client.slot, written, lines);
    }
    const std::size_t offset = ByteRing<std::byte>(segment_->outbox(client.slot), space.base).offset(space.tail);
    const OutboxMemory wanted{offset + lines.text.size(), lines.messages.empty() ? 0 : space.memory_for(lines).entries};
    if (fits && (entry.reserved.covers(wanted) || reserve(client.slot, wanted))) return true;
    give_up_from(client, sequence, fits ? LeaveReason::no_memory : LeaveReason::slow);
    return false;
}

void Outboxes::attach(SlotId client, UniqueFd fd) {
    if (client.slot >= entries_.size()) return;
    Entry& entry = entries_[client.slot];
    Slot& slot = this->slot(client.slot);
    entry.client = client;
    entry.fd = std::move(fd);
    entry.in_epoll = false;
    entry.full = false;
    const OutboxEnd& end = committed_end(slot);
    if (end.generation != client.generation) return;  // its first record has not arrived yet
    if (is_ended(client)) {
        // Ended while its socket was in transit: the peer still has to see the end.
        ::shutdown(entry.fd.get(), slot.written.load(std::memory_order_relaxed) >= end.tail ? SHUT_WR : SHUT_RDWR);
        entry.fd.reset();
        return;
    }
    if (given_up(slot, client)) {
        ::shutdown(entry.fd.get(), SHUT_RDWR);  // who gave it up may have died before it came to this
        return;
    }
    const auto written = written_position(entry.fd.get());
    if (written && *written >= slot.written.load(std::memory_order_relaxed) && *written <= end.tail)
        slot.written.store(*written, std::memory_order_release);
    else
        give_up(client, LeaveReason::lost);
    mark(client.slot);
}

bool Outboxes::is_attached(SlotId client) const noexcept {
    return client.slot < entries_.size() && entries_[client.slot].client == client && entries_[client.slot].fd;
}

void Outboxes::drop_unknown() {
    for (Entry& entry : entries_) {
        if (!entry.fd) continue;
        const ClientRow row = copy_row(slot(entry.client.slot));
        if (row.generation != entry.client.generation || row.cookie != socket_cookie(entry.fd.get())) entry.fd.reset();
    }
}

void Outboxes::drop_unless(SlotId client, std::uint64_t cookie) {
    if (is_attached(client) && socket_cookie(entries_[client.slot].fd.get()) != cookie)
        entries_[client.slot].fd.reset();
}

void Outboxes::on_writable(std::uint32_t number) {
    if (number >= entries_.size()) return;
    entries_[number].full = false;
    mark(number);
}

void Outboxes::flush() {
    for (const std::uint32_t number : marked_) {
        entries_[number].marked = false;
        if (!entries_[number].full) write_out(entries_[number]);
    }
    marked_.clear();
}

void Outboxes::write_out(Entry& entry) {
    if (!entry.fd) return;
    Slot& slot = this->slot(entry.client.slot);
    const OutboxEnd end = committed_end(slot);
    if (end.generation != entry.client.generation || is_given_up(slot, entry.client)) return;
    const ByteRing<std::byte> ring(segment_->outbox(entry.client.slot), end.base);
    std::uint64_t written = slot.written.load(std::memory_order_relaxed);
    if (written > end.tail || end.tail - written > ring.size()) {
        give_up(entry.client, LeaveReason::lost);  // damaged: these are not positions in this ring
        return;
    }
    while (written < end.tail) {
        const auto pieces = ring.pieces(written, static_cast<std::size_t>(end.tail - written));
        iovec from[2] = {{pieces[0].data(), pieces[0].size()}, {pieces[1].data(), pieces[1].size()}};
        msghdr header{};
        header.msg_iov = from;
        header.msg_iovlen = pieces[1].empty() ? 1 : 2;
        const ssize_t sent = ::sendmsg(entry.fd.get(), &header, MSG_DONTWAIT | MSG_NOSIGNAL);
        CHAT_CRASH_POINT("outbox: bytes sent");
        if (sent >= 0) {
            written += static_cast<std::uint64_t>(sent);
            slot.written.store(written, std::memory_order_release);
        } else if (errno == EAGAIN) {
            wait_until_writable(entry);
            return;
        } else if (errno != EINTR) {
            give_up(entry.client, errno == ETIMEDOUT ? LeaveReason::timeout : LeaveReason::lost);
            return;
        }
    }
}

void Outboxes::wait_until_writable(Entry& entry) {
    epoll_event event{};
    event.events = EPOLLOUT | EPOLLONESHOT;
    event.data.u64 = entry.client.slot;
    // If the epoll set rejects a socket, the next line for it tries again.
    const int change = entry.in_epoll ? EPOLL_CTL_MOD : EPOLL_CTL_ADD;
    entry.full = ::epoll_ctl(epoll_fd_, change, entry.fd.get(), &event) == 0;
    entry.in_epoll = true;
}

void Outboxes::give_up(SlotId client, LeaveReason why) {
    if (client.slot < entries_.size())
        give_up_from(client, slot(client.slot).outbox_commit.load(std::memory_order_relaxed) >> 1U, why);
}

void Outboxes::give_up_from(SlotId client, std::uint64_t first_discarded, LeaveReason why) {
    Slot& slot = this->slot(client.slot);
    if (is_given_up(slot, client)) return;
    slot.gave_up_at.store(first_discarded, std::memory_order_relaxed);
    CHAT_CRASH_POINT("outbox: giving up");
    note_given_up(slot, client, why);
    CHAT_CRASH_POINT("outbox: given up");
    if (is_attached(client)) ::shutdown(entries_[client.slot].fd.get(), SHUT_RDWR);
}

Outboxes::WriteState Outboxes::write_state(SlotId client) const noexcept {
    const Slot& slot = this->slot(client.slot);
    if (is_ended(client)) return WriteState::all_written;
    if (is_given_up(slot, client)) return WriteState::hopeless;
    const OutboxEnd& end = committed_end(slot);
    if (end.generation != client.generation) return WriteState::hopeless;
    return slot.written.load(std::memory_order_relaxed) >= end.tail ? WriteState::all_written : WriteState::unsent;
}

void Outboxes::end(SlotId client) {
    Slot& slot = this->slot(client.slot);
    Entry& entry = entries_[client.slot];
    const bool polite = write_state(client) == WriteState::all_written;
    if (!is_ended(client)) {
        const bool clean = unsent_messages(*segment_, client.slot).empty();
        note_ended(slot, client, clean ? Ending::clean : Ending::something_unsent);
        CHAT_CRASH_POINT("outbox: end noted");
    }
    // A predecessor may have died before it came to this.
    if (entry.holds_memory && has_ended_cleanly(slot, client) && committed_end(slot).generation == client.generation)
        release(client.slot);
    CHAT_CRASH_POINT("outbox: ended");
    if (!is_attached(client)) return;
    // After the last line the peer sees the end of the stream; the acceptor waits for the peer to close.
    ::shutdown(entry.fd.get(), polite ? SHUT_WR : SHUT_RDWR);
    entry.fd.reset();
}

UniqueFd Outboxes::send_farewell(SlotId client, std::string_view line) {
    if (!is_attached(client)) return {};
    const int fd = entries_[client.slot].fd.get();
    if (write_state(client) == WriteState::all_written)
        (void)::send(fd, line.data(), line.size(), MSG_DONTWAIT | MSG_NOSIGNAL);
    ::shutdown(fd, SHUT_WR);
    return std::move(entries_[client.slot].fd);
}

void Outboxes::release_idle_memory() {
    for (std::uint32_t number = 0; number < entries_.size(); ++number) {
        Entry& entry = entries_[number];
        if (!entry.fd || std::exchange(entry.used, false) || !entry.holds_memory ||
            write_state(entry.client) != WriteState::all_written)
            continue;
        release(number);
    }
}

}  // namespace chat
