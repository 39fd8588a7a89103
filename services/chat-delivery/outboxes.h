// The outboxes of all clients: lines are appended in shared memory and written from there to the sockets.
//
// Only delivery writes here. An append is committed by one word that also names its record, so that the fan-out of a
// record may be repeated after a crash: clients that already have its lines are skipped. The kernel knows how much a
// socket has taken. If delivery dies between any two steps, its successor resumes from the committed state.
#pragma once

#include "chat-delivery/out_of_memory.h"
#include "chat-delivery/outbox_space.h"
#include "shared/memory/segment.h"
#include "shared/memory/slot_notes.h"
#include "shared/system/unique_fd.h"

#include <cstdint>
#include <span>
#include <string_view>
#include <vector>

namespace chat {

class Outboxes {
  public:
    // Full sockets are put into the epoll set, one-shot, with the slot as data: then call on_writable().
    Outboxes(const Segment& segment, int epoll_fd);

    // Starts the outbox of a new client with its first lines. False: they are already there.
    bool begin(SlotId client, std::uint64_t sequence, std::string_view lines);

    enum class Append : std::uint8_t {
        done,  // now or, on a repeated fan-out, earlier
        gone,  // writing to this client has stopped: the lines are discarded
    };
    // Appends all lines of one record in one call. A client whose outbox is full is given up as slow, one for whose
    // lines there is no memory as no_memory. With an origin, the lines are one message, which gets an entry in the
    // ledger.
    Append append(SlotId client, std::uint64_t sequence, std::string_view lines, Origin origin = {}) {
        const MessageAmongLines whole{0, sequence, origin};
        return append(client, sequence, {lines, messages_of(whole)});
    }
    // The same for several messages, each of which gets an entry, and for lines that change the client's voice.
    static constexpr std::uint64_t same_voice = ~std::uint64_t{0};
    Append append(SlotId client, std::uint64_t sequence, const OutboxLines& lines, std::uint64_t voice = same_voice);

    void attach(SlotId client, UniqueFd fd);  // the kernel knows its position
    [[nodiscard]] bool is_attached(SlotId client) const noexcept;
    // Closes the sockets of clients that were never committed: their acceptor died first, and the next one may have
    // reused their slots.
    void drop_unknown();
    void drop_unless(SlotId client, std::uint64_t cookie);
    // The client's socket, which stays owned here; -1 if there is none.
    [[nodiscard]] int socket_of(SlotId client) const noexcept {
        return is_attached(client) ? entries_[client.slot].fd.get() : -1;
    }

    // Writes pending lines to the clients marked by appends or events.
    void flush();
    void mark(std::uint32_t slot) { mark(entries_[slot], slot); }
    void on_writable(std::uint32_t slot);

    enum class WriteState : std::uint8_t { unsent, all_written, hopeless };
    // The state of writing to a departed client.
    [[nodiscard]] WriteState write_state(SlotId client) const noexcept;
    // Ends writing for good and notes in the slot whether a direct message remained unsent.
    void end(SlotId client);
    [[nodiscard]] bool is_ended(SlotId client) const noexcept { return has_ended(slot(client.slot), client); }
    void release(std::uint32_t number);  // nobody needs the outbox any more
    // Stops writing to this client; `why` is for the acceptor, which sees the connection end.
    void give_up(SlotId client, LeaveReason why);

    // The last line at shutdown, outside any record: written only if nothing else is pending. Ends this side of the
    // connection and returns it, or nothing if it is not here.
    [[nodiscard]] UniqueFd send_farewell(SlotId client, std::string_view line);

    void release_idle_memory();  // of outboxes that have been empty since the last call
    [[nodiscard]] const OutOfMemory& out_of_memory() const noexcept { return out_of_memory_; }

  private:
    struct Entry {
        SlotId client;
        UniqueFd fd;
        OutboxMemory reserved;     // as far as this process knows
        bool holds_memory = true;  // possibly: an earlier process may have reserved some
        bool marked = false;
        bool in_epoll = false;
        bool full = false;  // the socket is full: epoll reports when it is writable
        bool used = false;  // since the last release_idle_memory()
    };

    void mark(Entry& entry, std::uint32_t number) {
        entry.used = true;
        if (entry.marked) return;
        entry.marked = true;
        marked_.push_back(number);
    }
    [[nodiscard]] Slot& slot(std::uint32_t number) const noexcept { return segment_->slots()[number]; }
    [[nodiscard]] static bool is_given_up(const Slot& slot, SlotId client) noexcept {
        return given_up(slot, client) || has_ended(slot, client);
    }
    [[nodiscard]] bool reserve(std::uint32_t number, OutboxMemory wanted);
    [[nodiscard]] bool make_room(SlotId client, std::uint64_t sequence, const OutboxLines& lines, OutboxSpace& space);
    void give_up_from(SlotId client, std::uint64_t first_discarded, LeaveReason why);
    void commit(Slot& slot, std::uint64_t sequence, const OutboxEnd& end) noexcept;
    void write_out(Entry& entry);
    void wait_until_writable(Entry& entry);

    const Segment* segment_;
    int epoll_fd_;
    std::vector<Entry> entries_;
    std::vector<std::uint32_t> marked_;
    OutOfMemory out_of_memory_;
};

}  // namespace chat
