// Packing and unpacking what is said of files.
#include "shared/file_record.h"

#include "shared/packing.h"

namespace chat {

void append_upload_info(std::string& text, const UploadInfo& info) {
    pack(text, info.row, info.deadline, info.receiver, info.ticket, info.sha256, info.name);
}

std::optional<UploadInfo> take_upload_info(std::string_view text) noexcept {
    UploadInfo info{};
    if (!take(text, info.row, info.deadline, info.receiver, info.ticket, info.sha256, info.name)) return std::nullopt;
    return info;
}

void append_file_info(std::string& text, const FileInfo& info) {
    pack(text, info.id, info.row, info.deadline, info.kept, info.sha256, info.name);
}

std::optional<FileInfo> take_file_info(std::string_view& text) noexcept {
    FileInfo info{};
    if (!take(text, info.id, info.row, info.deadline, info.kept, info.sha256, info.name)) return std::nullopt;
    return info;
}

void append_ticket_info(std::string& text, const TicketInfo& info) {
    pack(text, info.row, info.session, info.ticket);
}

std::optional<TicketInfo> take_ticket_info(std::string_view& text) noexcept {
    TicketInfo info{};
    if (!take(text, info.row, info.session, info.ticket)) return std::nullopt;
    return info;
}

void append_file_end_info(std::string& text, const FileEndInfo& info) {
    pack(text, info.id, info.file_row, info.ticket_row, info.receiver);
}

std::optional<FileEndInfo> take_file_end_info(std::string_view text) noexcept {
    FileEndInfo info{};
    if (!take(text, info.id, info.file_row, info.ticket_row, info.receiver)) return std::nullopt;
    return info;
}

}  // namespace chat
