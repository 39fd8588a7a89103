// Records of operators' acts, and notes for operators in the log.
#pragma once

#include "shared/records/kept.h"
#include "shared/records/record.h"

#include <cstdint>
#include <optional>
#include <span>
#include <string_view>

namespace chat {

// Rows of the event table; the words are in schema.sql. Stored in records: add at the end.
enum class NoteKind : std::uint8_t { refused, too_fast, banned, unbanned };

namespace records {

// For a switch over the kinds of this family; a record of another family has none of these values.
enum class OperatorKind : std::uint16_t {
    note = static_cast<std::uint16_t>(RecordKind::note),
    announcement = static_cast<std::uint16_t>(RecordKind::announcement),
    forget = static_cast<std::uint16_t>(RecordKind::forget),
    room_set = static_cast<std::uint16_t>(RecordKind::room_set),
    kept_ended = static_cast<std::uint16_t>(RecordKind::kept_ended),
};
[[nodiscard]] constexpr OperatorKind operator_kind(const Record& record) noexcept {
    return static_cast<OperatorKind>(record.kind);
}

// Only for the log.
struct Note {
    NoteKind what = NoteKind::refused;
    std::string_view detail = {};  // refused: the peer; banned, unbanned: the network, then ` name=… until=… reason=…`
    std::uint32_t operator_uid = 0;  // banned, unbanned

    [[nodiscard]] Record record() const noexcept {
        return {
            .kind = RecordKind::note, .value = operator_uid, .scope = static_cast<std::uint8_t>(what), .text = detail};
    }
    [[nodiscard]] static Note of(const Record& record) noexcept {
        return {static_cast<NoteKind>(record.scope), record.text, static_cast<std::uint32_t>(record.value)};
    }
};

// A line to all clients.
struct Announcement {
    std::string_view text = {};
    std::uint32_t count = 0;  // number of recipients
    std::uint32_t operator_uid = 0;
    std::span<const SlotId> receivers = {};

    [[nodiscard]] Record record() const noexcept {
        return {.kind = RecordKind::announcement,
                .value = operator_uid,
                .number = count,
                .text = text,
                .receivers = receivers};
    }
    [[nodiscard]] static Announcement of(const Record& record) noexcept {
        return {record.text, record.number, static_cast<std::uint32_t>(record.value), record.receivers};
    }
};

// A request to remove a person's texts from the log.
struct Forget {
    std::string_view person = {};  // name or id, as the operator gave it
    std::uint64_t session = 0;     // the session meant; 0: all that the log finds
    std::uint32_t operator_uid = 0;

    [[nodiscard]] Record record() const noexcept {
        return {.kind = RecordKind::forget, .target_session = session, .value = operator_uid, .target = person};
    }
    [[nodiscard]] static Forget of(const Record& record) noexcept {
        return {record.target, record.target_session, static_cast<std::uint32_t>(record.value)};
    }
};

// Messages that were kept for an account are no longer kept, because a session has received them, or because the
// account was deleted. Only for the log.
struct KeptEnded {
    KeptGift gift = {};
    bool deleted = false;  // the account

    [[nodiscard]] Record record() const noexcept {
        return {.kind = RecordKind::kept_ended,
                .target_id = gift.account,
                .target_session = gift.upto,
                .value = gift.since,
                .number = deleted ? 1U : 0U};
    }
    [[nodiscard]] static KeptEnded of(const Record& record) noexcept {
        return {{record.target_id, record.target_session, record.value}, record.number != 0};
    }
};

// The settings of a room, whether or not it is open: those that are given change. Only for the log.
struct RoomSet {
    std::string_view room = {};
    std::optional<bool> history = {};             // kept when the room is empty, or off
    std::optional<std::uint32_t> keep_days = {};  // 0: as long as everything else
    std::uint64_t opened = 0;                     // the record that opened the room; 0: it is not open
    std::uint32_t operator_uid = 0;

    [[nodiscard]] Record record() const noexcept {
        return {.kind = RecordKind::room_set,
                .target_session = opened,
                .value = operator_uid,
                .number = keep_days ? *keep_days + 1 : 0,
                .scope = static_cast<std::uint8_t>(!history   ? 0
                                                   : *history ? 1
                                                              : 2),
                .target = room};
    }
    [[nodiscard]] static RoomSet of(const Record& record) noexcept {
        RoomSet set{.room = record.target,
                    .opened = record.target_session,
                    .operator_uid = static_cast<std::uint32_t>(record.value)};
        if (record.scope == 1 || record.scope == 2) set.history = record.scope == 1;
        if (record.number > 0) set.keep_days = record.number - 1;
        return set;
    }
};

}  // namespace records
}  // namespace chat
