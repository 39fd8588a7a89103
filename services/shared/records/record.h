// What crosses the queue from chat-acceptor to chat-delivery: one record a command or event, with everything that
// delivery and the log need to know of it. This is the encoded form, whose shape is the same for every kind. What the
// fields mean for a kind is known in shared/records/ alone, where each kind has a struct that makes and reads it.
// Records from memory are checked before use: decode() refuses what does not add up.
#pragma once

#include "shared/memory/client_table.h"
#include "shared/memory/queue.h"
#include "shared/records/kinds.h"
#include "shared/system/clock.h"

#include <cstddef>
#include <cstdint>
#include <optional>
#include <span>
#include <string_view>

namespace chat {

namespace record_flag {
inline constexpr std::uint16_t discarded = 1;  // message: the receiver was gone already; the sender gets `undelivered`
inline constexpr std::uint16_t is_list = 2;    // clients: more than the asker itself
inline constexpr std::uint16_t broken = 4;     // departed: nothing can be written to it any more
inline constexpr std::uint16_t says_bye = 8;   // departed: by a command, which is answered
inline constexpr std::uint16_t noted = 16;     // error: also a row of the event table
// joined, left: an operator did it, whose user id is in `value`; also a row of the event table
inline constexpr std::uint16_t by_operator = 32;
}  // namespace record_flag

// Views are into the ring, or into whatever the record is made from.
struct Record {
    RecordKind kind = RecordKind::none;
    std::uint16_t flags = 0;     // of shared/records/
    std::uint64_t sequence = 0;  // number of the record = message id
    Microseconds at = 0;
    std::uint64_t sender_state = 0;  // the sender's Slot::parsed after this record; 0 = unchanged
    SlotId sender = {};
    std::uint32_t sender_id = 0;
    std::uint64_t session = 0;  // of the sender; 0 = there is none
    // These five, and `target` and `text` below, are of shared/records/.
    std::uint32_t target_id = 0;
    std::uint64_t target_session = 0;
    std::uint64_t value = 0;
    std::uint32_t number = 0;
    std::uint8_t scope = 0;
    std::string_view name = {};  // of the sender
    std::string_view tag = {};   // of the command; empty = it had none
    std::string_view target = {};
    std::string_view text = {};
    // Who gets it besides the sender. The list may hold the sender all the same, whose own lines come last.
    std::span<const SlotId> receivers = {};

    [[nodiscard]] bool has(std::uint16_t flag) const noexcept { return (flags & flag) != 0; }
    // A message to a client that was gone already: the sender gets `undelivered`.
    [[nodiscard]] bool is_discarded() const noexcept { return has(record_flag::discarded); }
    // Is it what a line from a client led to, and did that line do what it asked for?
    [[nodiscard]] bool is_success() const noexcept {
        return sender_state != 0 && kind != RecordKind::error && !is_discarded();
    }
};

// What a record begins with in the queue; then come the receivers, name, tag, target and text.
struct RecordHead {
    RecordFrame frame;
    std::uint64_t sequence;
    Microseconds at;
    std::uint64_t sender_state;
    std::uint64_t session;
    std::uint64_t target_session;
    std::uint64_t value;
    SlotId sender;
    std::uint32_t sender_id;
    std::uint32_t target_id;
    std::uint32_t number;
    std::uint32_t receiver_count;
    std::uint32_t text_size;
    std::uint8_t name_size;
    std::uint8_t tag_size;
    std::uint8_t target_size;
    std::uint8_t scope;
};

// Bytes that a record takes in the queue, given the sizes of its parts.
[[nodiscard]] std::size_t encoded_size(const Record& record) noexcept;
// The most that any record takes which has at most these parts.
[[nodiscard]] std::size_t largest_record(std::size_t receivers, std::size_t text) noexcept;
// Writes the record; `out` has encoded_size(record) bytes or more.
void encode(const Record& record, std::span<std::byte> out) noexcept;
// A record of a kind that is_known() does not know becomes one of the kind `none`.
[[nodiscard]] std::optional<Record> decode(std::span<const std::byte> bytes) noexcept;

}  // namespace chat
