// Notes in shared memory: words in which delivery reports on the client of a slot or the file of a row. Each word names
// its subject, so that a note about an earlier client or file is never mistaken for one about the current one.
#pragma once

#include "shared/memory/client_table.h"

#include <atomic>
#include <cstdint>
#include <optional>

namespace chat {

// A word: subject (a client's generation, a file's id) << 8 | content.
[[nodiscard]] constexpr std::uint64_t note_about(std::uint64_t about, std::uint8_t says) noexcept {
    return about << 8U | says;
}
// The content, if the word is about this subject; otherwise empty.
[[nodiscard]] constexpr std::optional<std::uint8_t> read_note(std::uint64_t word, std::uint64_t about) noexcept {
    return word >> 8U == about ? std::optional(static_cast<std::uint8_t>(word)) : std::nullopt;
}

// Why delivery has stopped writing to this client; empty if it has not.
[[nodiscard]] inline std::optional<LeaveReason> given_up(const Slot& slot, SlotId client) noexcept {
    const auto note = read_note(slot.gave_up_why.load(std::memory_order_acquire), client.generation);
    return note ? std::optional(static_cast<LeaveReason>(*note)) : std::nullopt;
}
// True if the record of this number was not put into the outbox because the client had been given up.
[[nodiscard]] inline bool was_left_out(const Slot& slot, SlotId client, std::uint64_t sequence) noexcept {
    return given_up(slot, client) && sequence >= slot.gave_up_at.load(std::memory_order_relaxed);
}
// `gave_up_at` must be stored first.
inline void note_given_up(Slot& slot, SlotId client, LeaveReason why) noexcept {
    slot.gave_up_why.store(note_about(client.generation, static_cast<std::uint8_t>(why)), std::memory_order_release);
}

// How writing to a client ended. Any other number counts as something_unsent.
enum class Ending : std::uint8_t { clean = 1, something_unsent = 2 };

// True if writing to this client has ended.
[[nodiscard]] inline bool has_ended(const Slot& slot, SlotId client) noexcept {
    return read_note(slot.ended.load(std::memory_order_acquire), client.generation).has_value();
}
// True if it has also ended with no unsent message that a sender must be notified of.
[[nodiscard]] inline bool has_ended_cleanly(const Slot& slot, SlotId client) noexcept {
    return read_note(slot.ended.load(std::memory_order_acquire), client.generation) ==
           static_cast<std::uint8_t>(Ending::clean);
}
inline void note_ended(Slot& slot, SlotId client, Ending how) noexcept {
    slot.ended.store(note_about(client.generation, static_cast<std::uint8_t>(how)), std::memory_order_release);
}

}  // namespace chat
