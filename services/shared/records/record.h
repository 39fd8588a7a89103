// What crosses the queue from chat-acceptor to chat-delivery: one record per command or event, with everything that
// delivery and the log need. This is the encoded form, which has the same shape for every kind. Only shared/records/
// knows what the fields mean for a kind: each kind has a struct that makes and reads it. Records from memory are
// checked before use: decode() rejects malformed ones.
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
inline constexpr std::uint16_t discarded = 1;  // message: the receiver had already left; the sender gets `undelivered`
inline constexpr std::uint16_t is_list = 2;    // clients: a list, not just the requesting client
inline constexpr std::uint16_t broken = 4;     // departed: nothing more can be written to it
inline constexpr std::uint16_t says_bye = 8;   // departed: with a command, which is answered
inline constexpr std::uint16_t noted = 16;     // error: also a row of the event table
// joined, left: done by an operator, whose user id is in `value`; also a row of the event table
inline constexpr std::uint16_t by_operator = 32;
inline constexpr std::uint16_t tells_away = 32;  // message: its sender learns that the receiver is away
// clients, rooms, groups: a part of a list that continues in a later record
inline constexpr std::uint16_t more = 64;
inline constexpr std::uint16_t given_name = 256;   // renamed: the server chose the name
inline constexpr std::uint16_t registered = 128;   // logged_in: the account was just registered
inline constexpr std::uint16_t more_rows = 512;    // history: there are more rows than this page has
inline constexpr std::uint16_t incomplete = 1024;  // history: not everything has been indexed yet
inline constexpr std::uint16_t action = 512;       // message: what the sender does, in the third person
inline constexpr std::uint16_t notice = 1024;      // message: must not be answered automatically
inline constexpr std::uint16_t ctcp = 2048;        // message: between the programs of IRC clients
inline constexpr std::uint16_t formatted = 4096;   // message: its text contains IRC's formatting codes
inline constexpr std::uint16_t tags_only = 256;    // message: only what its tags say
inline constexpr std::uint16_t tagged = 8192;      // message: its text begins with tags, see records/message.h
inline constexpr std::uint16_t of_account = 8192;  // all others: the sender is logged in to the account of its name
// Direct messages to an account. `kept`: it was away, and receives the message at its next login. `may_keep`: if the
// message is found unsent at the end, it is kept then. Together with `discarded` they say why it was not kept
// (KeepRefusal).
inline constexpr std::uint16_t kept = 1U << 14U;
inline constexpr std::uint16_t may_keep = 1U << 15U;
}  // namespace record_flag

// Views point into the ring, or into whatever the record was made from.
struct Record {
    RecordKind kind = RecordKind::none;
    std::uint16_t flags = 0;     // see shared/records/
    std::uint64_t sequence = 0;  // number of the record = message id
    Microseconds at = 0;
    std::uint64_t sender_state = 0;  // the sender's Slot::parsed after this record; 0 = unchanged
    // Not 0: the sender's line becomes further records. The next of them begins with this step of the line, which is
    // consumed by the last one; until then `sender_state` is 0.
    std::uint8_t next_step = 0;
    SlotId sender = {};
    std::uint32_t sender_id = 0;
    std::uint64_t session = 0;  // of the sender; 0 = none
    // Each kind in shared/records/ gives these five, and `target` and `text` below, their meaning.
    std::uint32_t target_id = 0;
    std::uint64_t target_session = 0;
    std::uint64_t value = 0;
    std::uint32_t number = 0;
    std::uint8_t scope = 0;
    std::string_view name = {};  // of the sender
    std::string_view tag = {};   // of the command; empty = none. Of IRC commands: records/command_tag.h
    std::string_view target = {};
    std::string_view text = {};
    // Recipients besides the sender. The list may contain the sender anyway; the sender's own lines come last.
    std::span<const SlotId> receivers = {};

    [[nodiscard]] bool has(std::uint16_t flag) const noexcept { return (flags & flag) != 0; }
    // A message to a client that had already left: the sender gets `undelivered`.
    [[nodiscard]] bool is_discarded() const noexcept { return has(record_flag::discarded); }
    // Of all kinds but messages: is its sender logged in to the account of its name?
    [[nodiscard]] bool is_of_account() const noexcept { return has(record_flag::of_account); }
    void note_account() noexcept { flags |= record_flag::of_account; }
    // True if a client's line caused this record and the command succeeded.
    [[nodiscard]] bool is_success() const noexcept {
        return (sender_state != 0 || next_step != 0) && kind != RecordKind::error && !is_discarded();
    }
};

// The fixed part of a record in the queue; the receivers, name, tag, target and text follow.
struct RecordHead {
    RecordFrame frame;
    std::uint64_t sequence;
    Microseconds at;
    std::uint64_t sender_state;  // or the next step, see record.cpp
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

// Size in the queue, in bytes, of a record whose parts have these sizes.
[[nodiscard]] std::size_t encoded_size(const Record& record) noexcept;
// The largest size of a record whose parts have at most these sizes.
[[nodiscard]] std::size_t largest_record(std::size_t receivers, std::size_t text) noexcept;
// Writes the record; `out` must have at least encoded_size(record) bytes.
void encode(const Record& record, std::span<std::byte> out) noexcept;
// A record of an unknown kind (see is_known()) becomes one of the kind `none`.
[[nodiscard]] std::optional<Record> decode(std::span<const std::byte> bytes) noexcept;

}  // namespace chat
