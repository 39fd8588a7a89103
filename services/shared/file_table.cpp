// Reading the words of transfers.
#include "shared/file_table.h"

#include <algorithm>

namespace chat {
namespace {

// The steady time up to which a ticket with this deadline is good while nobody uses it.
Microseconds good_until(const TransferWords& words, std::uint64_t file, Microseconds deadline) noexcept {
    if (words.connection.load(std::memory_order_acquire) >> 1U != file) return deadline;
    const auto broke_at = static_cast<Microseconds>(words.broke_at.load(std::memory_order_relaxed));
    return std::max(deadline, broke_at + ticket_life);
}

}  // namespace

TransferOutcome outcome_of(const TransferWords& words, std::uint64_t file) noexcept {
    const std::uint64_t word = words.outcome.load(std::memory_order_acquire);
    const auto outcome = static_cast<std::uint8_t>(word);
    if (word >> 8U != file || outcome > static_cast<std::uint8_t>(TransferOutcome::no_space))
        return TransferOutcome::none;
    return static_cast<TransferOutcome>(outcome);
}

bool is_connected(const TransferWords& words, std::uint64_t file) noexcept {
    return words.connection.load(std::memory_order_acquire) == (file << 1U | 1U);
}

bool is_good(const TransferWords& words, std::uint64_t file, Microseconds deadline, Microseconds now) noexcept {
    return is_connected(words, file) || now < good_until(words, file, deadline);
}

}  // namespace chat
