// Rows of files and their tickets.
#include "chat-acceptor/state/files.h"

#include "shared/system/crash_point.h"
#include "shared/system/random.h"

namespace chat {
namespace {

using records::FileKind;

// The time it takes does not reveal where the difference is.
bool is_same_ticket(const Ticket& left, const Ticket& right) noexcept {
    volatile std::uint8_t difference = 0;
    for (std::size_t i = 0; i < left.size(); ++i)
        difference = static_cast<std::uint8_t>(difference | (left[i] ^ right[i]));
    return difference == 0;
}

}  // namespace

Ticket new_ticket() {
    Ticket ticket{};
    fill_random(std::as_writable_bytes(std::span(ticket)));
    return ticket;
}

Files::Files(const Segment& segment) : segment_(&segment) {
    for (std::uint32_t row = 0; row < row_count(); ++row)
        if (file(row).state != FileState::unused) ++count_;
}

std::uint32_t Files::row_count() const noexcept {
    return static_cast<std::uint32_t>(segment_->sizes().transfers);
}

void Files::apply(const Record& record) {
    switch (records::file_kind(record)) {
        case FileKind::upload_offered:
            apply_upload_offered(record);
            return;
        case FileKind::offered:
            apply_file_offered(record);
            return;
        case FileKind::ticket_ended:
            apply_ticket_ended(record);
            return;
        case FileKind::ended:
            apply_file_ended(record);
            return;
    }
}

void Files::apply_upload_offered(const Record& record) {
    const auto offered = records::UploadOffered::of(record);
    if (!offered || offered->info.row >= row_count()) return;
    const UploadInfo& info = offered->info;
    const FileRow& before = file(info.row);
    if (before.changed_by >= record.sequence) return;
    if (before.state == FileState::unused) ++count_;
    const TargetFields to = fields_of(offered->to);
    FileRow row{};
    row.id = record.sequence;
    row.changed_by = record.sequence;
    row.size = offered->size;
    row.session = record.session;
    row.target_session = to.session;
    row.at = record.at;
    row.deadline = info.deadline;
    row.sender = record.sender;
    row.receiver = info.receiver;
    row.sender_id = record.sender_id;
    row.target_id = to.id;
    row.scope = static_cast<std::uint8_t>(to.scope);
    row.state = FileState::uploading;
    row.ticket = info.ticket;
    row.sha256 = info.sha256;
    row.sender_name.set(record.name);
    row.target.set(to.name);
    row.name.set(info.name);
    replace_row(segment_->files()[info.row], row);
    CHAT_CRASH_POINT("files: upload's row committed");
}

void Files::apply_file_offered(const Record& record) {
    auto offered = records::FileOffered::of(record);
    if (!offered || offered->file.row >= row_count()) return;
    const FileInfo& info = offered->file;
    for (const SlotId receiver : offered->receivers) {
        const auto ticket_info = take_ticket_info(offered->tickets);
        if (!ticket_info || ticket_info->row >= row_count()) return;
        if (ticket(ticket_info->row).changed_by >= record.sequence) continue;
        TicketRow row{};
        row.file = info.id;
        row.changed_by = record.sequence;
        row.session = ticket_info->session;
        row.deadline = info.deadline;
        row.receiver = receiver;
        row.file_row = info.row;
        row.open = 1;
        row.ticket = ticket_info->ticket;
        replace_row(segment_->tickets()[ticket_info->row], row);
        CHAT_CRASH_POINT("files: ticket's row committed");
    }
    FileRow row = file(info.row);
    if (row.changed_by >= record.sequence) return;
    row.changed_by = record.sequence;
    row.state = FileState::offered;
    row.receivers = static_cast<std::uint32_t>(offered->receivers.size());
    row.deadline = info.kept;
    replace_row(segment_->files()[info.row], row);
    CHAT_CRASH_POINT("files: file's row committed");
}

void Files::apply_ticket_ended(const Record& record) {
    const auto ended = records::TicketEnded::of(record);
    if (!ended || ended->file.ticket_row >= row_count()) return;
    TicketRow row = ticket(ended->file.ticket_row);
    if (row.changed_by >= record.sequence) return;
    row.changed_by = record.sequence;
    row.open = 0;
    replace_row(segment_->tickets()[ended->file.ticket_row], row);
}

void Files::apply_file_ended(const Record& record) {
    const auto ended = records::FileEnded::of(record);
    if (!ended || ended->file.file_row >= row_count()) return;
    FileRow row = file(ended->file.file_row);
    if (row.changed_by >= record.sequence) return;
    if (row.state != FileState::unused) --count_;
    row.changed_by = record.sequence;
    row.state = FileState::unused;
    replace_row(segment_->files()[ended->file.file_row], row);
    CHAT_CRASH_POINT("files: file's row freed");
}

std::optional<std::uint32_t> Files::find_free_file() const noexcept {
    for (std::uint32_t row = 0; row < row_count(); ++row)
        if (file(row).state == FileState::unused && !is_connected(file_words(row), file(row).id)) return row;
    return std::nullopt;
}

std::vector<std::uint32_t> Files::find_free_tickets(std::size_t wanted) const {
    std::vector<std::uint32_t> rows;
    for (std::uint32_t row = 0; row < row_count() && rows.size() < wanted; ++row)
        if (ticket(row).open == 0 && !is_connected(ticket_words(row), ticket(row).file)) rows.push_back(row);
    return rows;
}

std::size_t Files::files_of(std::uint64_t session) const noexcept {
    if (empty()) return 0;
    std::size_t count = 0;
    for (std::uint32_t row = 0; row < row_count(); ++row)
        if (file(row).state != FileState::unused && file(row).session == session) ++count;
    return count;
}

std::uint64_t Files::bytes_of(std::uint64_t session) const noexcept {
    std::uint64_t bytes = 0;
    for (std::uint32_t row = 0; row < row_count(); ++row)
        if (file(row).state != FileState::unused && file(row).session == session) bytes += file(row).size;
    return bytes;
}

std::uint64_t Files::reserved_bytes() const noexcept {
    std::uint64_t bytes = 0;
    for (std::uint32_t row = 0; row < row_count(); ++row) {
        const FileRow& one = file(row);
        if (takes_space(one, file_words(row))) bytes += one.size;
    }
    return bytes;
}

std::vector<std::uint32_t> Files::waiting_receivers() const {
    std::vector<std::uint32_t> counts(row_count());
    for (std::uint32_t row = 0; row < row_count(); ++row)
        if (const TicketRow& one = ticket(row); one.open != 0 && one.file_row < row_count()) ++counts[one.file_row];
    return counts;
}

std::optional<Files::Transfer> Files::find_ticket(bool upload, const Ticket& wanted, Microseconds now) const {
    std::optional<Transfer> found;
    for (std::uint32_t row = 0; row < row_count(); ++row) {
        const FileRow& one = file(row);
        const bool is_upload = is_same_ticket(one.ticket, wanted) && one.state != FileState::unused;
        const TicketRow& other = ticket(row);
        const bool is_download = is_same_ticket(other.ticket, wanted) && other.open != 0;
        if (upload && is_upload) {
            const TransferOutcome outcome = outcome_of(file_words(row), one.id);
            const Microseconds deadline = one.state == FileState::uploading ? one.deadline : 0;
            // A sender that has not been notified yet that everything is stored may ask once more.
            const bool unfinished = (one.state == FileState::uploading && outcome == TransferOutcome::none) ||
                                    outcome == TransferOutcome::stored;
            if (unfinished && is_good(file_words(row), one.id, deadline, now)) found = Transfer{row, one.id};
        }
        const bool is_kept = other.file_row < row_count() && now < file(other.file_row).deadline;
        if (!upload && is_download && is_kept && outcome_of(ticket_words(row), other.file) == TransferOutcome::none &&
            is_good(ticket_words(row), other.file, other.deadline, now))
            found = Transfer{row, other.file};
    }
    return found;
}

}  // namespace chat
