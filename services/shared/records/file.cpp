// Packing and unpacking the records about files.
#include "shared/records/file.h"

#include "shared/records/packing.h"

namespace chat {

void append_ticket_info(std::string& tickets, const TicketInfo& info) {
    pack(tickets, info.row, info.session, info.ticket);
}

std::optional<TicketInfo> take_ticket_info(std::string_view& tickets) noexcept {
    TicketInfo info{};
    if (!take(tickets, info.row, info.session, info.ticket)) return std::nullopt;
    return info;
}

namespace records {

Record UploadOffered::record(std::string& text) const {
    text.clear();
    pack(text, info.row, info.deadline, info.receiver, info.ticket, info.sha256, info.name);
    Record record{.kind = RecordKind::upload_offered, .value = size, .number = port, .text = text};
    put_target(record, to);
    return record;
}

std::optional<UploadOffered> UploadOffered::of(const Record& record) noexcept {
    UploadOffered offered{target_in(record), record.value, static_cast<std::uint16_t>(record.number), {}};
    std::string_view text = record.text;
    UploadInfo& info = offered.info;
    if (!take(text, info.row, info.deadline, info.receiver, info.ticket, info.sha256, info.name)) return std::nullopt;
    return offered;
}

Record FileOffered::record(std::string& text) const {
    text.clear();
    pack(text, file.id, file.row, file.deadline, file.kept, file.sha256, file.name);
    text += tickets;
    Record record{.kind = RecordKind::file_offered,
                  .value = size,
                  .number = port | static_cast<std::uint32_t>(tls_port) << 16U,
                  .text = text,
                  .receivers = receivers};
    put_target(record, to);
    return record;
}

std::optional<FileOffered> FileOffered::of(const Record& record) noexcept {
    FileOffered offered{.to = target_in(record),
                        .size = record.value,
                        .port = static_cast<std::uint16_t>(record.number),
                        .tls_port = static_cast<std::uint16_t>(record.number >> 16U)};
    std::string_view text = record.text;
    FileInfo& file = offered.file;
    if (!take(text, file.id, file.row, file.deadline, file.kept, file.sha256, file.name)) return std::nullopt;
    offered.tickets = text;
    offered.receivers = record.receivers;
    return offered;
}

// The FileEnd is stored in place of the target's scope.
template <RecordKind Kind>
Record FileEnding<Kind>::record(std::string& text) const {
    text.clear();
    pack(text, file.id, file.file_row, file.ticket_row, file.receiver);
    if (file.receiver_id != 0) pack(text, file.receiver_id, file.receiver_name, file.file_name);
    Record record{.kind = Kind, .value = size, .text = text};
    put_target(record, to);
    record.number = record.scope;
    record.scope = static_cast<std::uint8_t>(end);
    return record;
}

template <RecordKind Kind>
std::optional<FileEnding<Kind>> FileEnding<Kind>::of(const Record& record) noexcept {
    FileEnding ending{static_cast<FileEnd>(record.scope), {}, {}, record.value};
    Record target = record;
    target.scope = static_cast<std::uint8_t>(record.number);
    ending.to = target_in(target);
    std::string_view text = record.text;
    FileEndInfo& file = ending.file;
    if (!take(text, file.id, file.file_row, file.ticket_row, file.receiver)) return std::nullopt;
    if (!text.empty() && !take(text, file.receiver_id, file.receiver_name, file.file_name)) return std::nullopt;
    return ending;
}

template struct FileEnding<RecordKind::ticket_ended>;
template struct FileEnding<RecordKind::file_ended>;

}  // namespace records
}  // namespace chat
