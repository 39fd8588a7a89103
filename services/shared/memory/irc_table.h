// What an IRC client has told of itself, one row for each slot. The acceptor writes the rows, from the records alone;
// delivery reads them to spell sources.
#pragma once

#include "shared/memory/row_copies.h"
#include "shared/memory/row_text.h"
#include "shared/system/clock.h"
#include "shared/text/text_rules.h"

#include <atomic>
#include <cstdint>
#include <type_traits>

namespace chat {

// What the client has asked for with CAP REQ. Stored: never renumber.
namespace irc_capability {
inline constexpr std::uint32_t sasl = 1U << 0U;
inline constexpr std::uint32_t message_tags = 1U << 1U;
inline constexpr std::uint32_t server_time = 1U << 2U;
inline constexpr std::uint32_t echo_message = 1U << 3U;
inline constexpr std::uint32_t batch = 1U << 4U;
inline constexpr std::uint32_t labeled_response = 1U << 5U;
inline constexpr std::uint32_t account_tag = 1U << 6U;
inline constexpr std::uint32_t account_notify = 1U << 7U;
inline constexpr std::uint32_t extended_join = 1U << 8U;
inline constexpr std::uint32_t away_notify = 1U << 9U;
inline constexpr std::uint32_t multi_prefix = 1U << 10U;
inline constexpr std::uint32_t userhost_in_names = 1U << 11U;
inline constexpr std::uint32_t setname = 1U << 12U;
inline constexpr std::uint32_t cap_notify = 1U << 13U;
inline constexpr std::uint32_t invite_notify = 1U << 14U;
inline constexpr std::uint32_t standard_replies = 1U << 15U;
inline constexpr std::uint32_t chathistory = 1U << 16U;
inline constexpr std::uint32_t event_playback = 1U << 17U;
inline constexpr std::uint32_t read_marker = 1U << 18U;
inline constexpr std::uint32_t multiline = 1U << 19U;
inline constexpr std::uint32_t extended_monitor = 1U << 20U;
inline constexpr std::uint32_t no_implicit_names = 1U << 21U;
inline constexpr std::uint32_t metadata = 1U << 22U;
inline constexpr std::uint32_t message_redaction = 1U << 24U;
inline constexpr std::uint32_t account_registration = 1U << 25U;
}  // namespace irc_capability

// What is expected from AUTHENTICATE. Stored: never renumber.
enum class SaslState : std::uint8_t { mechanism, plain, external };

// DialectAnswer::news of an IRC client. Stored: never renumber.
enum class IrcNews : std::uint8_t { none, away, real_name, wallops };

struct IrcRow {
    std::uint32_t generation;       // of the client, as in its ClientRow
    std::uint8_t is_negotiating;    // not 0: between CAP LS or REQ and CAP END
    std::uint8_t is_invisible;      // not 0: user mode i
    std::uint8_t has_password;      // 0: PASS has not been sent; 1: it was the right one; 2: it was another
    std::uint8_t is_bot;            // not 0: user mode B
    RowText<max_name_size> wanted;  // the nick of a client that is not registered yet; empty: none so far
    RowText<19> user;               // empty: USER has not been sent
    RowText<27> host;               // as others see it: never an address
    RowText<127> real_name;
    RowText<203> away;              // empty: the client is not away
    std::uint8_t unused_before[3];  // zero
    // The account that it has proven to own before its registration; its name becomes the nick.
    Microseconds account_since;  // time at which the account was registered
    std::uint32_t account;       // number of the account; 0: none
    std::uint32_t failed;        // wrong secrets since the last login
    std::uint32_t capabilities;  // bits of irc_capability
    RowText<max_name_size> account_name;
    std::uint8_t sasl;           // SaslState
    std::uint8_t is_operator;    // not 0: user mode o
    std::uint8_t hears_wallops;  // not 0: user mode w
    std::uint32_t offered;       // bits of irc_capability that it was told are offered; 0: it has not asked
    std::uint8_t ignores_batch;  // not 0: a batch was refused, and what the client still sends of it is ignored
    std::uint8_t unused_after[3];
    std::uint32_t subscribed;   // to keys of metadata: bits, see records/metadata.h
    std::uint8_t reserved[20];  // zero, for future fields
};
static_assert(sizeof(IrcRow) == 512 && std::is_trivially_copyable_v<IrcRow>);

struct IrcSlot {
    IrcRow row[2];
    std::atomic<std::uint64_t> row_index;  // version << 1 | which copy is valid
    std::uint8_t unused[56];               // zero
};
static_assert(sizeof(IrcSlot) % 64 == 0);

}  // namespace chat
