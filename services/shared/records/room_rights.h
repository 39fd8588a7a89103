// Records about the topic, the operators and the modes of a room.
#pragma once

#include "shared/memory/client_table.h"
#include "shared/records/record.h"

#include <cstdint>
#include <optional>
#include <span>
#include <string>
#include <string_view>

namespace chat {

// One change of a mode, packed. Of a member: `client`, with its id and, in `param`, its name; of a room: what the mode
// takes, if anything.
struct ModeChange {
    char letter = 0;  // o: operator, v: voice; others as in IRC
    bool adds = false;
    SlotId client = {};
    std::uint32_t client_id = 0;
    std::string_view param = {};

    [[nodiscard]] bool is_of_member() const noexcept { return letter == 'o' || letter == 'v'; }
    friend bool operator==(const ModeChange&, const ModeChange&) = default;
};
void append_mode_change(std::string& rows, const ModeChange& change);
[[nodiscard]] std::optional<ModeChange> take_mode_change(std::string_view& rows) noexcept;

// Who does what no client does, and what others see as its name.
inline constexpr std::string_view name_of_server = "server";

namespace records {

// Without a session the server did it, or one of its operators.
[[nodiscard]] inline std::string_view name_of_actor(const Record& record) noexcept {
    return record.session != 0 ? record.name : name_of_server;
}
[[nodiscard]] inline std::optional<std::uint32_t> operator_uid_in(const Record& record) noexcept {
    if (!record.has(record_flag::by_operator)) return std::nullopt;
    return static_cast<std::uint32_t>(record.value);
}

// The room has another topic, or none.
struct Topic {
    std::string_view room = {};
    std::string_view text = {};
    std::optional<std::uint32_t> operator_uid = {};  // of the server's operator who did it
    std::span<const SlotId> receivers = {};

    [[nodiscard]] Record record() const noexcept {
        return {.kind = RecordKind::topic,
                .flags = operator_uid ? record_flag::by_operator : std::uint16_t{0},
                .value = operator_uid.value_or(0),
                .target = room,
                .text = text,
                .receivers = receivers};
    }
    [[nodiscard]] static Topic of(const Record& record) noexcept {
        return {record.target, record.text, operator_uid_in(record), record.receivers};
    }
};

// The answer to a question about a topic. No name: there is none.
struct TopicShown {
    std::string_view room = {};
    std::string_view name = {};  // who set it
    Microseconds at = 0;
    std::string_view topic = {};

    // The record views `text`.
    [[nodiscard]] Record record(std::string& text) const;
    [[nodiscard]] static TopicShown of(const Record& record) noexcept;
};

// A member was removed from a room by one of its operators.
struct Kicked {
    std::string_view room = {};
    SlotId client = {};
    std::uint32_t client_id = 0;
    std::string_view client_name = {};
    std::string_view reason = {};
    std::span<const SlotId> receivers = {};  // the members, still with the one who was removed

    // The record views `text`.
    [[nodiscard]] Record record(std::string& text) const;
    [[nodiscard]] static Kicked of(const Record& record) noexcept;
};

// The sender invites a client to a room.
struct Invited {
    std::string_view room = {};
    SlotId client = {};
    std::uint32_t client_id = 0;
    std::string_view client_name = {};
    bool opens = false;                      // the client may enter whatever keeps others out
    std::span<const SlotId> receivers = {};  // the client

    [[nodiscard]] Record record() const noexcept;
    [[nodiscard]] static Invited of(const Record& record) noexcept;
};

struct ModesChanged {
    std::string_view room = {};
    std::string_view rows = {};  // ModeChange…
    std::optional<std::uint32_t> operator_uid = {};
    std::span<const SlotId> receivers = {};

    [[nodiscard]] Record record() const noexcept {
        return {.kind = RecordKind::modes_changed,
                .flags = operator_uid ? record_flag::by_operator : std::uint16_t{0},
                .value = operator_uid.value_or(0),
                .target = room,
                .text = rows,
                .receivers = receivers};
    }
    [[nodiscard]] static ModesChanged of(const Record& record) noexcept {
        return {record.target, record.text, operator_uid_in(record), record.receivers};
    }
};

}  // namespace records
}  // namespace chat
