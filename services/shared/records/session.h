// Records about a client's session: connect, announcement, rename, departure, close, and quiet.
#pragma once

#include "shared/memory/tls_facts.h"
#include "shared/records/dialect_id.h"
#include "shared/records/kept.h"
#include "shared/records/record.h"
#include "shared/records/register_policy.h"

#include <cstdint>
#include <optional>
#include <span>
#include <string>
#include <string_view>

namespace chat {

// The longest text of `connected`, given the maximum number of rooms of a client.
[[nodiscard]] constexpr std::size_t largest_arrival(std::size_t memberships) noexcept {
    constexpr std::size_t largest_tls_facts = 1 + sizeof(Fingerprint) + max_name_size;
    return max_peer_size + memberships * (max_name_size + 1) + largest_tls_facts;
}

namespace records {

// For a switch over the kinds of this family; a record of another family has none of these values.
enum class SessionKind : std::uint16_t {
    connected = static_cast<std::uint16_t>(RecordKind::connected),
    online = static_cast<std::uint16_t>(RecordKind::online),
    renamed = static_cast<std::uint16_t>(RecordKind::renamed),
    departed = static_cast<std::uint16_t>(RecordKind::departed),
    closed = static_cast<std::uint16_t>(RecordKind::closed),
    logged_in = static_cast<std::uint16_t>(RecordKind::logged_in),
    kept_page = static_cast<std::uint16_t>(RecordKind::kept_page),
    seen = static_cast<std::uint16_t>(RecordKind::seen),
    quieted = static_cast<std::uint16_t>(RecordKind::quieted),
    introduced = static_cast<std::uint16_t>(RecordKind::introduced),
};
[[nodiscard]] constexpr SessionKind session_kind(const Record& record) noexcept {
    return static_cast<SessionKind>(record.kind);
}

// A new client.
struct Connected {
    std::string_view peer = {};   // address and port
    std::string_view rooms = {};  // joined from the start, besides the lobby; separated by spaces
    std::uint64_t cookie = 0;     // SO_COOKIE of its socket
    std::uint32_t limit = 0;      // max_clients
    DialectId dialect = DialectId::line;
    RegisterPolicy accounts = RegisterPolicy::off;
    TlsFacts tls = {};

    // The record views `text`.
    [[nodiscard]] Record record(std::string& text) const;
    [[nodiscard]] static Connected of(const Record& record) noexcept;
};

// The client is announced.
struct Online {
    std::uint32_t count = 0;    // clients after the event
    std::uint32_t account = 0;  // 0: a guest
    std::span<const SlotId> receivers = {};

    [[nodiscard]] Record record() const noexcept {
        return {.kind = RecordKind::online, .value = account, .number = count, .receivers = receivers};
    }
    [[nodiscard]] static Online of(const Record& record) noexcept {
        return {record.number, static_cast<std::uint32_t>(record.value), record.receivers};
    }
};

// Also ends the use of an account, unless it is the owner who spells the name in another way.
struct Renamed {
    std::string_view name = {};  // the new name: it becomes the sender's name in the record
    std::string_view old_name = {};
    std::uint32_t account = 0;   // that the client continues to use; 0: none
    bool given = false;          // the server chose the name
    bool loses_account = false;  // that it has used so far
    std::span<const SlotId> receivers = {};

    [[nodiscard]] Record record() const noexcept {
        return {.kind = RecordKind::renamed,
                .flags = given ? record_flag::given_name : std::uint16_t{0},
                .value = account,
                .number = loses_account ? 1U : 0U,
                .name = name,
                .target = old_name,
                .receivers = receivers};
    }
    [[nodiscard]] static Renamed of(const Record& record) noexcept {
        return {record.name,
                record.target,
                static_cast<std::uint32_t>(record.value),
                record.has(record_flag::given_name),
                record.number != 0,
                record.receivers};
    }
};

// The client has proven that it owns an account, and has its name from now on.
struct LoggedIn {
    std::string_view name = {};  // of the account: it becomes the sender's name in the record
    std::string_view old_name = {};
    std::uint32_t account = 0;
    Microseconds since = 0;    // time of the registration
    std::uint32_t failed = 0;  // wrong secrets since the last login
    bool registered = false;   // just now
    KeptForLogin kept = {};
    std::span<const SlotId> receivers = {};

    // The record views `text`.
    [[nodiscard]] Record record(std::string& text) const {
        text = kept.text();
        return {.kind = RecordKind::logged_in,
                .flags = static_cast<std::uint16_t>((registered ? record_flag::registered : 0U) |
                                                    (kept.more ? record_flag::more : 0U)),
                .target_id = account,
                .value = static_cast<std::uint64_t>(since),
                .number = failed,
                .name = name,
                .target = old_name,
                .text = text,
                .receivers = receivers};
    }
    [[nodiscard]] static LoggedIn of(const Record& record) noexcept {
        return {record.name,
                record.target,
                record.target_id,
                static_cast<Microseconds>(record.value),
                record.number,
                record.has(record_flag::registered),
                KeptForLogin::of(record.text, record.has(record_flag::more)),
                record.receivers};
    }
};

// A further part of the messages that were kept for the account that the client has logged in to.
struct KeptPage {
    std::uint32_t account = 0;
    std::string_view rows = {};  // HistoryInfo…
    std::uint64_t upto = 0;      // the highest id that this session has been given
    bool more = false;

    [[nodiscard]] Record record() const noexcept {
        return {.kind = RecordKind::kept_page,
                .flags = more ? record_flag::more : std::uint16_t{0},
                .target_id = account,
                .value = upto,
                .text = rows};
    }
    [[nodiscard]] static KeptPage of(const Record& record) noexcept {
        return {record.target_id, record.text, record.value, record.has(record_flag::more)};
    }
};

// The rows of what was kept for the account that this record gives to its sender; empty: none.
[[nodiscard]] inline std::string_view kept_rows_in(const Record& record) noexcept {
    if (record.kind == RecordKind::logged_in) return LoggedIn::of(record).kept.rows;
    return record.kind == RecordKind::kept_page ? KeptPage::of(record).rows : std::string_view();
}

// An account has seen what was written in a place up to a message.
struct Seen {
    std::string_view place = {};  // room:NAME, or the name of an account, or of a guest
    std::uint32_t account = 0;    // 0: a guest, who has only a time
    std::uint32_t other = 0;      // of a conversation: the other account; 0: it is a room
    std::uint64_t id = 0;
    std::span<const SlotId> receivers = {};  // other sessions of the account
    Microseconds at = 0;                     // everything up to this time; 0: up to `id` alone

    [[nodiscard]] Record record() const noexcept {
        return {.kind = RecordKind::seen,
                .target_id = account,
                .target_session = static_cast<std::uint64_t>(at),
                .value = id,
                .number = other,
                .text = place,
                .receivers = receivers};
    }
    [[nodiscard]] static Seen of(const Record& record) noexcept {
        return {record.text,  record.target_id, record.number,
                record.value, record.receivers, static_cast<Microseconds>(record.target_session)};
    }
};

struct Departed {
    LeaveReason reason = LeaveReason::none;
    std::string_view word = {};                      // from /quit or the operator
    std::uint32_t count = 0;                         // clients after the event
    std::optional<std::uint32_t> operator_uid = {};  // set if a local user removed the client, with reason kicked
    bool broken = false;                             // nothing more can be written to it
    bool says_bye = false;                           // it left with a command, which is answered
    std::span<const SlotId> receivers = {};

    [[nodiscard]] Record record() const noexcept;
    [[nodiscard]] static Departed of(const Record& record) noexcept;
};

// The outbox of a departed client will not drain any further: the senders are notified of what it never received. What
// had been kept for it and was sent is no longer kept.
struct Closed {
    KeptGift gift = {};

    [[nodiscard]] Record record() const noexcept {
        return {
            .kind = RecordKind::closed, .target_id = gift.account, .target_session = gift.upto, .value = gift.since};
    }
    [[nodiscard]] static Closed of(const Record& record) noexcept {
        return {{record.target_id, record.target_session, record.value}};
    }
};

// The client is not announced until it does something that others notice.
struct Quieted {
    [[nodiscard]] Record record() const noexcept { return {.kind = RecordKind::quieted}; }
    [[nodiscard]] static Quieted of(const Record& /*record*/) noexcept { return {}; }
};

// An IRC client has completed its registration.
struct Introduced {
    std::string_view name = {};   // its nick: it becomes the sender's name in the record
    std::string_view row = {};    // the bytes of its IrcRow
    std::string_view lines = {};  // as in DialectAnswer

    // The record views `text`.
    [[nodiscard]] Record record(std::string& text) const;
    [[nodiscard]] static Introduced of(const Record& record) noexcept;
};

}  // namespace records
}  // namespace chat
