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
inline constexpr std::uint32_t sasl = 1;
}  // namespace irc_capability

// What is expected from AUTHENTICATE. Stored: never renumber.
enum class SaslState : std::uint8_t { mechanism, plain, external };

struct IrcRow {
    std::uint32_t generation;       // of the client, as in its ClientRow
    std::uint8_t is_negotiating;    // not 0: between CAP LS or REQ and CAP END
    std::uint8_t is_invisible;      // not 0: user mode i
    std::uint8_t has_password;      // 0: PASS has not been sent; 1: it was the right one; 2: it was another
    std::uint8_t unused;            // zero
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
    std::uint8_t sasl;          // SaslState
    std::uint8_t reserved[34];  // zero, for future fields
};
static_assert(sizeof(IrcRow) == 512 && std::is_trivially_copyable_v<IrcRow>);

struct IrcSlot {
    IrcRow row[2];
    std::atomic<std::uint64_t> row_index;  // version << 1 | which copy is valid
    std::uint8_t unused[56];               // zero
};
static_assert(sizeof(IrcSlot) % 64 == 0);

}  // namespace chat
