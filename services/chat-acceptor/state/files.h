// Files in transit: who sends what to whom, and the tickets for it. The rows are in shared memory and follow from the
// records alone (apply). The progress of the bytes is in delivery's words beside the rows.
#pragma once

#include "shared/memory/segment.h"
#include "shared/records/file.h"
#include "shared/records/record.h"

#include <cstdint>
#include <optional>
#include <string_view>
#include <vector>

namespace chat {

class Files {
  public:
    explicit Files(const Segment& segment);

    // Applies a committed record to the rows; idempotent.
    void apply(const Record& record);

    [[nodiscard]] std::uint32_t row_count() const noexcept;
    [[nodiscard]] const FileRow& file(std::uint32_t row) const noexcept { return valid_row(segment_->files()[row]); }
    [[nodiscard]] const TicketRow& ticket(std::uint32_t row) const noexcept {
        return valid_row(segment_->tickets()[row]);
    }
    [[nodiscard]] const TransferWords& file_words(std::uint32_t row) const noexcept {
        return segment_->files()[row].words;
    }
    [[nodiscard]] const TransferWords& ticket_words(std::uint32_t row) const noexcept {
        return segment_->tickets()[row].words;
    }
    // True if no file is in transit.
    [[nodiscard]] bool empty() const noexcept { return count_ == 0; }

    [[nodiscard]] std::optional<std::uint32_t> find_free_file() const noexcept;
    // That many rows, or fewer if there are no more.
    [[nodiscard]] std::vector<std::uint32_t> find_free_tickets(std::size_t wanted) const;
    [[nodiscard]] std::size_t files_of(std::uint64_t session) const noexcept;
    [[nodiscard]] std::uint64_t bytes_of(std::uint64_t session) const noexcept;
    // Of all files, except uploads of which no byte has come.
    [[nodiscard]] std::uint64_t reserved_bytes() const noexcept;
    // For each file, by row: the number of receivers that have not received it.
    [[nodiscard]] std::vector<std::uint32_t> waiting_receivers() const;

    struct Transfer {
        std::uint32_t row;   // of the file for an upload, of the ticket for a download
        std::uint64_t file;  // id
    };
    // Whose ticket is it? The time does not depend on how nearly right a ticket is. Empty: it is nobody's, or not valid
    // at `now` (steady time) or for this direction.
    [[nodiscard]] std::optional<Transfer> find_ticket(bool upload, const Ticket& ticket, Microseconds now) const;

  private:
    void apply_upload_offered(const Record& record);
    void apply_file_offered(const Record& record);
    void apply_ticket_ended(const Record& record);
    void apply_file_ended(const Record& record);

    const Segment* segment_;
    std::size_t count_ = 0;  // rows in use
};

// 128 bits from the kernel. Throws std::system_error.
[[nodiscard]] Ticket new_ticket();

}  // namespace chat
