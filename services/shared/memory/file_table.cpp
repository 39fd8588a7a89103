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

bool is_good(const TransferWords& words, std::uint64_t file, Microseconds deadline, Microseconds now) noexcept {
    return is_connected(words, file) || now < good_until(words, file, deadline);
}

}  // namespace chat
