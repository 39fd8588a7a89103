// The outboxes of all clients: lines are appended in shared memory and written from there to the sockets.
//
// Delivery alone writes here. An append is committed by one word that also names the record it belongs to, so that the
// fan-out of a record may be repeated after a crash: who has its lines already is passed over. How much a socket took
// is known to the kernel. If delivery dies between any two steps, its successor goes on from what is committed.
#pragma once

#include "shared/memory/segment.h"
#include "shared/memory/slot_notes.h"
#include "shared/system/unique_fd.h"

#include <cstdint>
#include <string_view>
#include <vector>

namespace chat {

// Of a message that is looked for when its receiver leaves: what the outbox cannot know of its ledger entry.
struct Origin {
    std::uint32_t sender = 0;  // client id
    LedgerKind kind = LedgerKind::none;
};

class Outboxes {
  public:
    // Sockets that are full are put into the epoll set, one-shot, with the slot as data: then call on_writable().
    Outboxes(const Segment& segment, int epoll_fd);

    // Starts the outbox of a new client with its first lines. False: they are there already.
    bool begin(SlotId client, std::uint64_t sequence, std::string_view lines);

    enum class Append : std::uint8_t {
        done,  // now or, on a repeated fan-out, earlier
        gone,  // nothing more is written to this client: the lines are discarded
    };
    // Appends the lines of one record, all of them in one call. A client whose outbox is full is given up as slow. With
    // an origin, they are one message, which gets an entry in the ledger.
    Append append(SlotId client, std::uint64_t sequence, std::string_view lines, Origin origin = {});

    // Takes the socket of a client; its position comes from the kernel.
    void attach(SlotId client, UniqueFd fd);
    [[nodiscard]] bool is_attached(SlotId client) const noexcept;
    // Lets go of the sockets of clients that never came to be: their acceptor died before it committed them, and the
    // next one may have given their place to others.
    void drop_unknown();
    void drop_unless(SlotId client, std::uint64_t cookie);
    // The client's socket to look at; -1 where there is none.
    [[nodiscard]] int socket_of(SlotId client) const noexcept;

    // Writes what waits for the clients that appends or events have marked.
    void flush();
    void mark(std::uint32_t slot);
    void on_writable(std::uint32_t slot);

    enum class Rest : std::uint8_t { unsent, all_written, hopeless };
    // How the writing to a client that has left stands.
    [[nodiscard]] Rest rest_of(SlotId client) const noexcept;
    // Ends the writing for good and says in the slot whether a direct message stayed unsent.
    void end(SlotId client);
    [[nodiscard]] bool is_ended(SlotId client) const noexcept;
    // Nothing can be written to this client any more: `why` is for the acceptor, which sees the connection end.
    void give_up(SlotId client, LeaveReason why);

    // The last words at shutdown, outside of any record: written only where nothing else waits. Ends the connection.
    void say_last(SlotId client, std::string_view line);

    // Gives the memory of outboxes back that have been empty since the last call.
    void rest();

  private:
    struct Entry {
        SlotId client;
        UniqueFd fd;
        OutboxMemory reserved;  // as far as this process knows
        bool marked = false;
        bool in_epoll = false;
        bool full = false;  // the socket is: it says when it is writable
        bool used = false;  // since the last rest()
    };

    [[nodiscard]] Slot& slot(std::uint32_t number) const noexcept { return segment_->slots()[number]; }
    [[nodiscard]] static bool is_given_up(const Slot& slot, SlotId client) noexcept {
        return given_up(slot, client) || has_ended(slot, client);
    }
    [[nodiscard]] bool reserve(std::uint32_t number, OutboxMemory wanted);
    void give_up_from(SlotId client, std::uint64_t first_discarded, LeaveReason why);
    void commit(Slot& slot, std::uint64_t sequence, const OutboxEnd& end) noexcept;
    void write_out(Entry& entry);
    void wait_until_writable(Entry& entry);

    const Segment* segment_;
    int epoll_fd_;
    std::vector<Entry> entries_;
    std::vector<std::uint32_t> marked_;
};

}  // namespace chat
