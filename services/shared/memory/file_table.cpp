// Reading the transfer words.
#include "shared/memory/file_table.h"

#include "shared/memory/slot_notes.h"

#include <algorithm>

namespace chat {
namespace {

// The steady time until which an unused ticket with this deadline is valid.
Microseconds good_until(const TransferWords& words, std::uint64_t file, Microseconds deadline) noexcept {
    if (words.connection.load(std::memory_order_acquire) >> 1U != file) return deadline;
    const auto broke_at = static_cast<Microseconds>(words.broke_at.load(std::memory_order_relaxed));
    return std::max(deadline, broke_at + ticket_life);
}

}  // namespace

TransferOutcome outcome_of(const TransferWords& words, std::uint64_t file) noexcept {
    const auto note = read_note(words.outcome.load(std::memory_order_acquire), file);
    if (!note || *note > static_cast<std::uint8_t>(TransferOutcome::no_space)) return TransferOutcome::none;
    return static_cast<TransferOutcome>(*note);
}

void note_outcome(TransferWords& words, std::uint64_t file, TransferOutcome outcome) noexcept {
    words.outcome.store(note_about(file, static_cast<std::uint8_t>(outcome)), std::memory_order_release);
}

bool is_connected(const TransferWords& words, std::uint64_t file) noexcept {
    return words.connection.load(std::memory_order_acquire) == (file << 1U | 1U);
}

bool has_begun(const TransferWords& words, std::uint64_t file) noexcept {
    return words.begun.load(std::memory_order_acquire) == file;
}

bool takes_space(const FileRow& row, const TransferWords& words) noexcept {
    return row.state == FileState::offered || (row.state == FileState::uploading && has_begun(words, row.id));
}

void note_begun(TransferWords& words, std::uint64_t file, Microseconds now) noexcept {
    words.begun_at.store(static_cast<std::uint64_t>(now), std::memory_order_relaxed);
    words.begun.store(file, std::memory_order_release);
}

bool wants_receipts(const TransferWords& words, std::uint64_t file) noexcept {
    return words.receipts.load(std::memory_order_acquire) == file;
}

void note_receipts(TransferWords& words, std::uint64_t file) noexcept {
    words.receipts.store(file, std::memory_order_release);
}

bool has_run_out(const TransferWords& words, std::uint64_t file, std::uint64_t size, std::int64_t kib_per_second,
                 Microseconds now) noexcept {
    if (kib_per_second == 0 || !has_begun(words, file)) return false;
    constexpr std::uint64_t kib = 1024;
    const auto seconds = static_cast<Microseconds>(size / kib) / kib_per_second;
    const auto begun_at = static_cast<Microseconds>(words.begun_at.load(std::memory_order_relaxed));
    return now >= begun_at + ticket_life + seconds * 1'000'000;
}

bool is_good(const TransferWords& words, std::uint64_t file, Microseconds deadline, Microseconds now) noexcept {
    return is_connected(words, file) || now < good_until(words, file, deadline);
}

}  // namespace chat
