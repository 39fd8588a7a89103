// Message records, and the target of a message or file.
#pragma once

#include "shared/records/record.h"

#include <cstdint>
#include <span>
#include <string_view>
#include <variant>

namespace chat {

// Stored in records and in file rows: never renumber.
enum class MessageScope : std::uint8_t { direct, room, group, broadcast };
inline constexpr std::size_t message_scope_count = static_cast<std::size_t>(MessageScope::broadcast) + 1;
[[nodiscard]] std::string_view word_of(MessageScope scope) noexcept;

// In the order of MessageScope.
struct ToClient {
    std::uint32_t id = 0;
    std::uint64_t session = 0;
    std::string_view name = {};
    friend bool operator==(const ToClient&, const ToClient&) = default;
};
struct ToRoom {
    std::string_view name = {};
    friend bool operator==(const ToRoom&, const ToRoom&) = default;
};
struct ToGroup {
    std::string_view number = {};  // in digits
    friend bool operator==(const ToGroup&, const ToGroup&) = default;
};
struct ToEveryone {
    friend bool operator==(const ToEveryone&, const ToEveryone&) = default;
};
using MessageTarget = std::variant<ToClient, ToRoom, ToGroup, ToEveryone>;

[[nodiscard]] constexpr MessageScope scope_of(const MessageTarget& target) noexcept {
    return static_cast<MessageScope>(target.index());
}

// A target as stored in a record and in a file row.
struct TargetFields {
    MessageScope scope = MessageScope::broadcast;
    std::uint32_t id = 0;
    std::uint64_t session = 0;
    std::string_view name = {};  // of the client or room, or the group's number
};
[[nodiscard]] inline TargetFields fields_of(const MessageTarget& target) noexcept {
    TargetFields fields{scope_of(target)};
    if (const auto* client = std::get_if<ToClient>(&target)) {
        fields.id = client->id;
        fields.session = client->session;
        fields.name = client->name;
    } else if (const auto* room = std::get_if<ToRoom>(&target)) {
        fields.name = room->name;
    } else if (const auto* group = std::get_if<ToGroup>(&target)) {
        fields.name = group->number;
    }
    return fields;
}
[[nodiscard]] inline MessageTarget target_of(const TargetFields& fields) noexcept {
    switch (fields.scope) {
        case MessageScope::direct:
            return ToClient{fields.id, fields.session, fields.name};
        case MessageScope::room:
            return ToRoom{fields.name};
        case MessageScope::group:
            return ToGroup{fields.name};
        case MessageScope::broadcast:
            break;
    }
    return ToEveryone{};  // also for an unknown scope: memory may hold anything
}

// Who of a room it is for. Stored in records: add at the end, never renumber.
enum class MessageAudience : std::uint8_t { members, operators, voiced };

// What sort of message it is: bits that may be combined.
namespace message_form {
inline constexpr std::uint16_t action = record_flag::action;
inline constexpr std::uint16_t notice = record_flag::notice;
inline constexpr std::uint16_t ctcp = record_flag::ctcp;
inline constexpr std::uint16_t formatted = record_flag::formatted;
inline constexpr std::uint16_t tags_only = record_flag::tags_only;  // nobody sees it: only what its tags say
// As in the log; empty for an ordinary message.
[[nodiscard]] std::string_view word_of(std::uint16_t form) noexcept;
}  // namespace message_form

namespace records {

// Just the parts of the target, for the line that is rendered far more often than any other.
[[nodiscard]] inline TargetFields target_fields(const Record& record) noexcept {
    return {static_cast<MessageScope>(record.scope), record.target_id, record.target_session, record.target};
}
[[nodiscard]] inline MessageTarget target_in(const Record& record) noexcept {
    return target_of(target_fields(record));
}
inline void put_target(Record& record, const MessageTarget& target) noexcept {
    const TargetFields fields = fields_of(target);
    record.scope = static_cast<std::uint8_t>(fields.scope);
    record.target_id = fields.id;
    record.target_session = fields.session;
    record.target = fields.name;
}

// Why a message to an account that is away was not kept.
enum class KeepRefusal : std::uint8_t {
    none,  // its receiver has no account
    full,  // as many messages wait as may (accounts.max_kept)
    away,  // messages are not kept (history.keep_away)
    busy,  // the log cannot be written
};
[[nodiscard]] std::string_view word_of(KeepRefusal refusal) noexcept;

// action or notice; empty for an ordinary message.
[[nodiscard]] constexpr std::string_view word_of_form(std::uint16_t form) noexcept {
    if ((form & record_flag::action) != 0) return "action";
    return (form & record_flag::notice) != 0 ? "notice" : "";
}

struct Message {
    MessageTarget to = ToEveryone{};
    std::string_view text = {};
    std::uint32_t count = 0;    // number of recipients
    bool discarded = false;     // direct: the receiver had already left, and the sender gets `undelivered`
    std::uint32_t account = 0;  // of the sender; 0: a guest
    std::uint16_t form = 0;     // message_form
    std::span<const SlotId> receivers = {};
    std::uint32_t receiver_account = 0;               // of a direct message; 0: a guest
    bool kept = false;                                // its receiver is away
    bool may_keep = false;                            // it will be kept if it is found unsent
    KeepRefusal refusal = KeepRefusal::none;          // of a discarded message
    MessageAudience only = MessageAudience::members;  // of a message to a room
    bool tells_away = false;                          // of a direct message: its sender is told, if it speaks natively

    [[nodiscard]] Record record() const noexcept {
        const bool is_shown = (form & message_form::tags_only) == 0;
        Record record{.kind = is_shown ? RecordKind::message : RecordKind::tag_message,
                      .number = count,
                      .text = text,
                      .receivers = receivers};
        record.flags = static_cast<std::uint16_t>(flags() | form);
        put_target(record, to);
        if (only != MessageAudience::members) record.target_id = static_cast<std::uint32_t>(only);
        record.value = receiver_account;
        if (const auto* group = std::get_if<ToGroup>(&to)) record.value = group_number(*group);
        put_account(record, account);
        return record;
    }
    [[nodiscard]] static Message of(const Record& record) noexcept {
        return {target_in(record),
                text_in(record),
                record.number,
                record.is_discarded(),
                account_in(record),
                form_in(record),
                record.receivers,
                scope_is_direct(record) ? static_cast<std::uint32_t>(record.value) : 0,
                !record.is_discarded() && record.has(record_flag::kept),
                !record.is_discarded() && record.has(record_flag::may_keep),
                refusal_in(record),
                audience_in(record),
                record.has(record_flag::tells_away)};
    }
    // In a record about a room, where the number of a client would be.
    [[nodiscard]] static MessageAudience audience_in(const Record& record) noexcept {
        return record.scope == static_cast<std::uint8_t>(MessageScope::room)
                   ? static_cast<MessageAudience>(record.target_id)
                   : MessageAudience::members;
    }
    [[nodiscard]] static KeepRefusal refusal_in(const Record& record) noexcept {
        if (!record.is_discarded()) return KeepRefusal::none;
        return static_cast<KeepRefusal>(record.flags >> keep_shift);
    }

    [[nodiscard]] static std::uint16_t form_in(const Record& record) noexcept {
        return record.flags & (record_flag::action | record_flag::notice | record_flag::ctcp | record_flag::formatted |
                               record_flag::tags_only);
    }

    // The tags of IRC's clients, which are passed on with the text: `text` is the storage for both.
    static void put_tags(Record& record, std::string_view tags, std::string& text);
    [[nodiscard]] static std::string_view tags_in(const Record& record) noexcept {
        return record.has(record_flag::tagged) ? split(record.text).tags : std::string_view();
    }
    [[nodiscard]] static std::string_view text_in(const Record& record) noexcept {
        return record.has(record_flag::tagged) ? split(record.text).text : record.text;
    }

    // The upper half of `value`; the lower one is the number of the group, or the receiver's account.
    static constexpr unsigned account_shift = 32;
    static void put_account(Record& record, std::uint32_t account) noexcept {
        record.value = (record.value & 0xffff'ffffU) | std::uint64_t{account} << account_shift;
    }
    [[nodiscard]] static std::uint32_t account_in(const Record& record) noexcept {
        return static_cast<std::uint32_t>(record.value >> account_shift);
    }

    [[nodiscard]] static bool scope_is_direct(const Record& record) noexcept {
        return record.scope == static_cast<std::uint8_t>(MessageScope::direct);
    }
    // 0 if it is not a number.
    [[nodiscard]] static std::uint64_t group_number(const ToGroup& group) noexcept;

  private:
    struct Tagged {
        std::string_view tags;
        std::string_view text;
    };
    [[nodiscard]] static Tagged split(std::string_view both) noexcept;
    static constexpr unsigned keep_shift = 14;
    [[nodiscard]] std::uint16_t flags() const noexcept {
        const unsigned keeping = discarded ? static_cast<unsigned>(refusal) << keep_shift
                                           : (kept ? record_flag::kept : 0U) | (may_keep ? record_flag::may_keep : 0U);
        return static_cast<std::uint16_t>(keeping | (discarded ? record_flag::discarded : 0U) |
                                          (tells_away ? record_flag::tells_away : 0U));
    }
};

// The scope of a message; it may be an unknown value.
[[nodiscard]] inline MessageScope scope_in(const Record& record) noexcept {
    return static_cast<MessageScope>(record.scope);
}

// A direct message that was not kept, but is if it is found unsent.
[[nodiscard]] inline bool is_kept_if_unsent(const Record& record) noexcept {
    return record.kind == RecordKind::message && record.has(record_flag::may_keep) && !record.is_discarded();
}
// A direct message whose sender is told that the receiver is away.
[[nodiscard]] inline bool tells_away(const Record& record) noexcept {
    return record.kind == RecordKind::message && record.has(record_flag::tells_away);
}
// A direct message to an account that is away.
[[nodiscard]] inline bool is_kept_message(const Record& record) noexcept {
    return record.kind == RecordKind::message && record.has(record_flag::kept) && !record.is_discarded();
}

// True for a message to a single client.
[[nodiscard]] inline bool is_direct_message(const Record& record) noexcept {
    return record.kind == RecordKind::message && record.scope == static_cast<std::uint8_t>(MessageScope::direct);
}

}  // namespace records
}  // namespace chat
