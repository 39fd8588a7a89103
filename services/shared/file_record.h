// What the records about files carry in their text, packed: see RecordKind.
#pragma once

#include "shared/file_table.h"

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>

namespace chat {

// upload_offered: the sender may upload. The file's id is the record's sequence number.
struct UploadInfo {
    std::uint32_t row;
    Microseconds deadline;  // steady time
    SlotId receiver;        // of a direct file
    Ticket ticket;
    Sha256Sum sha256;
    std::string_view name;
};
void append_upload_info(std::string& text, const UploadInfo& info);
[[nodiscard]] std::optional<UploadInfo> take_upload_info(std::string_view text) noexcept;

// file_offered: a TicketInfo for each of the record's receivers follows, in their order.
struct FileInfo {
    std::uint64_t id;
    std::uint32_t row;
    Microseconds deadline;  // steady time: of the tickets
    Microseconds kept;      // steady time up to which the file is kept
    Sha256Sum sha256;
    std::string_view name;
};
struct TicketInfo {
    std::uint32_t row;
    std::uint64_t session;  // of the receiver
    Ticket ticket;
};
void append_file_info(std::string& text, const FileInfo& info);
void append_ticket_info(std::string& text, const TicketInfo& info);
[[nodiscard]] std::optional<FileInfo> take_file_info(std::string_view& text) noexcept;
[[nodiscard]] std::optional<TicketInfo> take_ticket_info(std::string_view& text) noexcept;

// ticket_ended and file_ended.
struct FileEndInfo {
    std::uint64_t id;
    std::uint32_t file_row;
    std::uint32_t ticket_row;  // of ticket_ended
    std::uint64_t receiver;    // of ticket_ended: session
};
void append_file_end_info(std::string& text, const FileEndInfo& info);
[[nodiscard]] std::optional<FileEndInfo> take_file_end_info(std::string_view text) noexcept;

}  // namespace chat
