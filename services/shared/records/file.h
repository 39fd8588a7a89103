// Records about files in transfer. The record's sender is the file's sender. Whatever does not fit the fields of a
// record is packed into its text: record() packs into a string of the caller, which the record then views, and of() is
// empty if the text is malformed.
#pragma once

#include "shared/memory/file_table.h"
#include "shared/records/message.h"

#include <cstdint>
#include <optional>
#include <span>
#include <string>
#include <string_view>

namespace chat {

// How a file ended, for one receiver or as a whole; the words are in schema.sql. Kept in records: add at the end.
enum class FileEnd : std::uint8_t {
    delivered,  // one: received; all: it was offered, and no receiver is pending
    gone,       // one: left without it; all: there was no receiver
    lapsed,     // its ticket lapsed
    expired,    // one: not fetched while the file was kept; all: too many receivers to offer it to
    bad_hash,   // uploads: the bytes do not match the announced hash
    bad_size,
    no_space,
    sender_gone,
    declined,  // one: the receiver does not want it; all: nobody did
};

struct UploadInfo {
    std::uint32_t row = 0;
    Microseconds deadline = 0;  // steady time
    SlotId receiver = {};       // of a direct file
    Ticket ticket = {};
    Sha256Sum sha256 = {};
    std::string_view name = {};
};

struct FileInfo {
    std::uint64_t id = 0;
    std::uint32_t row = 0;
    Microseconds deadline = 0;  // steady time: of the tickets
    Microseconds kept = 0;      // steady time until which the file is kept
    Sha256Sum sha256 = {};
    std::string_view name = {};
};

struct TicketInfo {
    std::uint32_t row = 0;
    std::uint64_t session = 0;  // of the receiver
    Ticket ticket = {};
};
void append_ticket_info(std::string& tickets, const TicketInfo& info);
[[nodiscard]] std::optional<TicketInfo> take_ticket_info(std::string_view& tickets) noexcept;

struct FileEndInfo {
    std::uint64_t id = 0;
    std::uint32_t file_row = 0;
    std::uint32_t ticket_row = 0;  // of ticket_ended
    std::uint64_t receiver = 0;    // of ticket_ended: session
    // Of ticket_ended, for the sender's receipt; 0 and empty if the receiver's row is in use again, and in records of
    // versions before 0.2.
    std::uint32_t receiver_id = 0;
    std::string_view receiver_name = {};
    std::string_view file_name = {};
};

// The longest text of `file_offered`.
[[nodiscard]] constexpr std::size_t largest_file_offer(std::size_t receivers) noexcept {
    return 128 + max_file_name_size + receivers * (12 + sizeof(Ticket));
}

namespace records {

// For a switch over the kinds of this family; a record of another family has none of these values.
enum class FileKind : std::uint16_t {
    upload_offered = static_cast<std::uint16_t>(RecordKind::upload_offered),
    offered = static_cast<std::uint16_t>(RecordKind::file_offered),
    ticket_ended = static_cast<std::uint16_t>(RecordKind::ticket_ended),
    ended = static_cast<std::uint16_t>(RecordKind::file_ended),
};
[[nodiscard]] constexpr FileKind file_kind(const Record& record) noexcept {
    return static_cast<FileKind>(record.kind);
}

// The answer to /sendfile: the sender may upload. The file's id is the record's sequence number.
struct UploadOffered {
    MessageTarget to = {};
    std::uint64_t size = 0;  // bytes
    std::uint16_t port = 0;  // of data connections
    UploadInfo info = {};

    [[nodiscard]] Record record(std::string& text) const;
    [[nodiscard]] static std::optional<UploadOffered> of(const Record& record) noexcept;
};

// The file is stored, and its receivers may download it.
struct FileOffered {
    MessageTarget to = {};
    std::uint64_t size = 0;
    std::uint16_t port = 0;
    std::uint16_t tls_port = 0;  // for receivers that speak TLS
    FileInfo file = {};
    std::string_view tickets = {};  // a TicketInfo for each receiver, in their order
    std::span<const SlotId> receivers = {};
    bool has_receipts = false;  // the sender wants to know what becomes of it; not in the record

    [[nodiscard]] Record record(std::string& text) const;
    [[nodiscard]] static std::optional<FileOffered> of(const Record& record) noexcept;
};

// One receiver is done with the file (ticket_ended), or the file as a whole has ended (file_ended).
template <RecordKind Kind>
struct FileEnding {
    FileEnd end = FileEnd::delivered;
    FileEndInfo file = {};
    MessageTarget to = {};
    std::uint64_t size = 0;

    [[nodiscard]] Record record(std::string& text) const;
    [[nodiscard]] static std::optional<FileEnding> of(const Record& record) noexcept;
};
extern template struct FileEnding<RecordKind::ticket_ended>;
extern template struct FileEnding<RecordKind::file_ended>;
using TicketEnded = FileEnding<RecordKind::ticket_ended>;
using FileEnded = FileEnding<RecordKind::file_ended>;

}  // namespace records
}  // namespace chat
