// The shared-memory rows of files in transfer: one row per file, one per receiver. The acceptor owns the rows, which
// are derived from the records alone; delivery owns the words beside them, which hold the state of the transfer.
#pragma once

#include "shared/memory/client_table.h"
#include "shared/memory/queue.h"
#include "shared/memory/row_copies.h"
#include "shared/system/clock.h"
#include "shared/text/file_name.h"
#include "shared/text/text_rules.h"

#include <array>
#include <cstdint>
#include <cstring>
#include <string_view>
#include <type_traits>

namespace chat {

inline constexpr Microseconds ticket_life = 60'000'000;  // after it was issued, or after its connection broke

using Ticket = std::array<std::uint8_t, 16>;  // 128 random bits
using Sha256Sum = std::array<std::uint8_t, 32>;

template <std::size_t Most>
struct FixedText {
    std::uint8_t size;
    char bytes[Most];

    [[nodiscard]] std::string_view view() const noexcept { return {bytes, size <= Most ? size : Most}; }
    void set(std::string_view text) noexcept {
        size = static_cast<std::uint8_t>(text.size() < Most ? text.size() : Most);
        if (size > 0) std::memcpy(bytes, text.data(), size);
    }
};

enum class FileState : std::uint8_t {
    unused,
    uploading,  // the sender has a ticket
    offered,    // the spool has all of it, and each receiver has a ticket
};

struct FileRow {
    std::uint64_t id;          // sequence number of the record that created it; 0 = never used
    std::uint64_t changed_by;  // sequence number of the last record applied to this row
    std::uint64_t size;        // bytes
    std::uint64_t session;     // of the sender
    std::uint64_t target_session;
    Microseconds at;        // of /sendfile
    Microseconds deadline;  // steady time: first of the upload ticket, then of the file
    SlotId sender;
    SlotId receiver;  // of a direct file
    std::uint32_t sender_id;
    std::uint32_t target_id;
    std::uint32_t receivers;  // number it was offered to
    std::uint8_t scope;       // MessageScope
    FileState state;
    Ticket ticket;  // of the upload
    Sha256Sum sha256;
    FixedText<max_name_size> sender_name;
    FixedText<max_name_size> target;  // as in a message record
    FixedText<max_file_name_size> name;
    std::uint8_t unused[64];  // zero, for future fields
};

// One receiver of a file that is offered.
struct TicketRow {
    std::uint64_t file;  // id; 0 = never used
    std::uint64_t changed_by;
    std::uint64_t session;  // of the receiver
    Microseconds deadline;  // steady time
    SlotId receiver;
    std::uint32_t file_row;
    std::uint8_t open;  // not 0: its receiver may still connect. Not a bool: it may hold anything
    Ticket ticket;
    std::uint8_t unused[35];  // zero
};

// The state of a transfer; only delivery writes these. Each word names its file, so that a word about an earlier file
// of the row is never mistaken for one about the current file.
struct TransferWords {
    SharedWord outcome;     // note: TransferOutcome
    SharedWord connection;  // file id << 1 | 1 while a connection uses the ticket
    SharedWord broke_at;    // steady time when the last connection ended, stored before `connection`
    SharedWord begun;       // upload: id of the file of which a byte has been stored
    SharedWord begun_at;    // steady time of that, stored before `begun`
    SharedWord receipts;    // upload: id of the file whose sender wants receipts
    SharedWord unused[2];   // zero
};

enum class TransferOutcome : std::uint8_t {
    none,
    stored,     // upload: complete with the right hash; the sender may not have been notified
    confirmed,  // upload: stored, and the sender was notified
    received,   // download: the receiver said /done
    bad_hash,   // upload: given up
    bad_size,   // upload: given up
    no_space,   // upload: given up
};

// Two copies of a row and the word that says which is valid; one process writes them.
template <typename Row>
struct alignas(64) TransferSlot {
    static_assert(std::is_trivially_copyable_v<Row>);
    Row row[2];
    SharedWord row_index;  // version << 1 | which copy is valid
    alignas(64) TransferWords words;
};
using FileSlot = TransferSlot<FileRow>;
using TicketSlot = TransferSlot<TicketRow>;

// The state of this file's transfer, as last reported by delivery.
[[nodiscard]] TransferOutcome outcome_of(const TransferWords& words, std::uint64_t file) noexcept;
void note_outcome(TransferWords& words, std::uint64_t file, TransferOutcome outcome) noexcept;
[[nodiscard]] bool is_connected(const TransferWords& words, std::uint64_t file) noexcept;
// True once a byte of this upload has been stored: from then on its whole size is reserved.
[[nodiscard]] bool has_begun(const TransferWords& words, std::uint64_t file) noexcept;
// True if the file counts against the space for files.
[[nodiscard]] bool takes_space(const FileRow& row, const TransferWords& words) noexcept;
void note_begun(TransferWords& words, std::uint64_t file, Microseconds now) noexcept;
// The sender of this file wants to know what becomes of it.
[[nodiscard]] bool wants_receipts(const TransferWords& words, std::uint64_t file) noexcept;
void note_receipts(TransferWords& words, std::uint64_t file) noexcept;
// True if the upload has taken more than a minute and its size at this rate (0: no limit), however often it was
// resumed.
[[nodiscard]] bool has_run_out(const TransferWords& words, std::uint64_t file, std::uint64_t size,
                               std::int64_t kib_per_second, Microseconds now) noexcept;
// True if a ticket with this deadline is valid at `now` (steady time). It is valid as long as it counts as connected: a
// peer that was cut off comes back, and delivery may notice the break late.
[[nodiscard]] bool is_good(const TransferWords& words, std::uint64_t file, Microseconds deadline,
                           Microseconds now) noexcept;

}  // namespace chat
