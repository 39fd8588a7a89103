// The shared-memory rows that both daemons use: one slot per client, and the recently departed. Each word is written by
// a single process; its comment says which.
#pragma once

#include "shared/memory/queue.h"
#include "shared/memory/row_copies.h"
#include "shared/memory/row_text.h"
#include "shared/memory/tls_facts.h"
#include "shared/system/clock.h"
#include "shared/text/text_rules.h"

#include <cstdint>
#include <span>
#include <string_view>
#include <type_traits>
#include <vector>

namespace chat {

inline constexpr std::uint32_t lowest_client_id = 10000;
inline constexpr std::uint32_t highest_client_id = 99999;
inline constexpr std::size_t client_id_count = highest_client_id - lowest_client_id + 1;
inline constexpr std::size_t max_peer_size = 56;  // "[" 45 "]:" 5 and some room

// Identifies a client in records. A slot that is reused for another client gets another generation.
struct SlotId {
    std::uint32_t slot = 0;
    std::uint32_t generation = 0;
    friend bool operator==(SlotId, SlotId) = default;
};

enum class SlotState : std::uint8_t {
    unused,     // never used, or completely finished
    connected,  // a client
    departed,   // its departure record is committed; delivery may still be writing to it
    closed,     // a closing record reports what it never received
};

// Why a client left: the words are in protocol section 4.
enum class LeaveReason : std::uint8_t { none, quit, killed, lost, timeout, kicked, slow, shutdown, no_memory };
inline constexpr std::size_t leave_reason_count = static_cast<std::size_t>(LeaveReason::no_memory) + 1;
[[nodiscard]] std::string_view word_of(LeaveReason reason) noexcept;

// Stored: never renumber.
namespace getting_kept {
inline constexpr std::uint8_t more = 1;   // it has received the first part
inline constexpr std::uint8_t first = 2;  // an IRC client, whose login ends after its registration
}  // namespace getting_kept

// What the acceptor knows about a client; derived from the records alone.
struct ClientRow {
    std::uint32_t generation;
    std::uint32_t client_id;
    std::uint64_t session;  // number of the session = sequence number of its first record
    Microseconds connected_at;
    std::uint64_t cookie;      // SO_COOKIE of its socket
    std::uint64_t changed_by;  // sequence number of the last record applied to this row
    Position leaving_end;      // queue position after its departure or closing record
    SlotState state;
    std::uint8_t announced;  // not 0: it was announced as online. Not a bool: memory may hold anything
    LeaveReason reason;
    std::uint8_t name_size;
    std::uint8_t peer_size;
    char name[max_name_size];
    char peer[max_peer_size];    // address and port
    std::uint8_t has_succeeded;  // not 0: one of its commands succeeded, so it is to be announced
    std::uint8_t dialect;        // DialectId
    std::uint8_t list_cursor_size;
    char list_cursor[max_name_size];  // of a list that it is sent in parts: the last row so far (records/answer.h)
    std::uint32_t list_count;         // rows of that list so far; 0: there is no such list
    std::uint8_t is_quiet;            // not 0: it is not announced until it does something that others notice
    std::uint8_t has_chosen_name;     // not 0: the client chose its name, otherwise the server did
    std::uint8_t is_secure;           // not 0: it speaks TLS
    std::uint8_t common_name_size;
    std::uint32_t account;            // number of the account that the name belongs to; 0: a guest
    char common_name[max_name_size];  // of its certificate, if an authority vouches for it
    Fingerprint fingerprint;          // of its certificate
    std::uint8_t is_unregistered;     // not 0: an IRC connection that has not completed its registration
    std::uint8_t line_step;           // of the line at `parsed`: the step that comes next (Record::next_step)
    std::uint8_t unused_before[2];    // zero
    Microseconds account_since;       // time at which its account was registered
    // What it was given of messages that were kept for an account: those up to this id which were kept when they were
    // sent, or were kept later, but by a record up to `kept_since`. It stays when the client logs out.
    std::uint64_t kept_upto;
    std::uint64_t kept_since;
    std::uint32_t kept_account;    // 0: nothing
    std::uint8_t is_getting_kept;  // not 0: more of them follow (getting_kept)
    std::uint8_t unused[19];       // zero, for future fields

    [[nodiscard]] std::string_view name_view() const noexcept {
        return {name, name_size <= max_name_size ? name_size : max_name_size};
    }
    [[nodiscard]] std::string_view peer_view() const noexcept {
        return {peer, peer_size <= max_peer_size ? peer_size : max_peer_size};
    }
    [[nodiscard]] std::string_view list_cursor_view() const noexcept {
        return {list_cursor, list_cursor_size <= max_name_size ? list_cursor_size : max_name_size};
    }
    [[nodiscard]] TlsFacts tls() const noexcept {
        return {is_secure != 0,
                fingerprint,
                {common_name, common_name_size <= max_name_size ? common_name_size : max_name_size}};
    }
    void set_name(std::string_view value) noexcept;
    void set_tls(const TlsFacts& facts) noexcept;
    void set_list(std::string_view cursor, std::uint32_t count) noexcept;
    void set_peer(std::string_view value) noexcept;
};
static_assert(std::is_trivially_copyable_v<ClientRow>);

// The fill level of an outbox: positions in the stream to the client.
struct OutboxEnd {
    std::uint64_t tail;        // position after the last byte
    std::uint64_t base;        // position at the ring's offset 0
    std::uint64_t generation;  // of the client it was written for
    std::uint64_t entries;     // written to its ledger since the base
    // What its dialect may say to it: for IRC, bits of irc_capability. It changes with the lines that say so, so each
    // record is spelled as at its own time, however often its fan-out is repeated.
    std::uint64_t voice;
};

// The row of a client, and related words. The last ones are notes from delivery to the acceptor and to its own log
// writer: slot_notes.h reads and writes them.
struct Slot {
    // acceptor
    ClientRow row[2];
    SharedWord row_index;           // version << 1 | which copy is valid
    alignas(64) SharedWord parsed;  // position in the stream from the client << 1 | 1 while skipping a long line
    SharedWord inbox_base;
    SharedWord attempt;                // how often processing the line at `parsed` has failed: clients/line_attempt.h
    SharedWord unused_of_acceptor[5];  // zero, like unused_of_delivery
    // delivery
    alignas(64) OutboxEnd outbox[2];
    SharedWord outbox_commit;  // (sequence number of the last record + 1) << 1 | which copy is valid
    SharedWord written;        // the socket has taken all bytes before this position, at least
    SharedWord gave_up_at;     // sequence number of the first record not put into the outbox; 0 = none
    SharedWord gave_up_why;    // note: LeaveReason, stored after gave_up_at
    SharedWord ended;          // note: Ending; nothing more is written
    SharedWord unused_of_delivery[9];
};
static_assert(sizeof(ClientRow) == 304 && sizeof(Slot) == 896);

// The committed state of a slot's outbox. For the process that writes it.
[[nodiscard]] inline const OutboxEnd& committed_end(const Slot& slot) noexcept {
    return slot.outbox[slot.outbox_commit.load(std::memory_order_acquire) & 1U];
}

// How lines to this client are spelled; 0 if the outbox is another client's. For the process that writes it.
[[nodiscard]] inline std::uint64_t voice_of(const Slot& slot, std::uint32_t generation) noexcept {
    return committed_end(slot).generation == generation ? committed_end(slot).voice : 0;
}
// The clients with a row, also those of IRC that have not completed their registration, in the order of the slots.
[[nodiscard]] std::vector<SlotId> connected_clients(std::span<const Slot> slots);

// Upper bound on the bytes in this client's outbox that its socket has not taken yet; 0 if the outbox is another
// client's. For the process that does not write outboxes.
[[nodiscard]] std::uint64_t unsent_bytes(const Slot& slot, std::uint32_t generation) noexcept;

// Bytes of its stream that the client's lines so far have taken, and at least that many that its socket took.
[[nodiscard]] inline std::uint64_t received_bytes(const Slot& slot) noexcept {
    return slot.parsed.load(std::memory_order_relaxed) >> 1U;
}
[[nodiscard]] inline std::uint64_t sent_bytes(const Slot& slot) noexcept {
    return slot.written.load(std::memory_order_relaxed);
}

// The number of an account, or 0, in two bytes: different numbers may have the same, but 0 only has 0.
[[nodiscard]] constexpr std::uint16_t account_hint(std::uint32_t account) noexcept {
    const auto low = static_cast<std::uint16_t>(account);
    return low == 0 && account != 0 ? std::uint16_t{1} : low;
}

// A departed client: enough to answer a /send to it.
struct DepartedRow {
    std::uint64_t left_by;  // sequence number of the departure record; 0 = unused
    Microseconds left_at;
    std::uint64_t session;
    std::uint32_t client_id;
    std::uint8_t name_size;
    char name[max_name_size];
    RowText<19> irc_user;        // empty: it was a native client
    RowText<12> irc_host;        // without its `.hidden`
    std::uint16_t account_hint;  // of the account that it used when it left: see account_hint(); 0: none
    RowText<63> irc_real_name;   // its beginning

    [[nodiscard]] std::string_view name_view() const noexcept {
        return {name, name_size <= max_name_size ? name_size : max_name_size};
    }
};
static_assert(sizeof(DepartedRow) == 160);
inline constexpr std::size_t departed_rows = 10'000;

}  // namespace chat
