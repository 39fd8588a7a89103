// Packing what is said about topics, operators and modes.
#include "shared/records/room_rights.h"

#include "shared/records/packing.h"

namespace chat {

void append_mode_change(std::string& rows, const ModeChange& change) {
    pack(rows, change.letter, change.adds, change.client, change.client_id, change.param);
}

std::optional<ModeChange> take_mode_change(std::string_view& rows) noexcept {
    ModeChange change;
    if (!take(rows, change.letter, change.adds, change.client, change.client_id, change.param)) return std::nullopt;
    return change;
}

namespace records {
namespace {

constexpr unsigned half = 32;

}  // namespace

Record TopicShown::record(std::string& text) const {
    text.clear();
    pack(text, name);
    text += topic;
    return {.kind = RecordKind::topic_shown, .value = static_cast<std::uint64_t>(at), .target = room, .text = text};
}

TopicShown TopicShown::of(const Record& record) noexcept {
    TopicShown shown{.room = record.target, .at = static_cast<Microseconds>(record.value)};
    std::string_view text = record.text;
    if (take(text, shown.name)) shown.topic = text;
    return shown;
}

Record Kicked::record(std::string& text) const {
    text.clear();
    pack(text, client_name);
    text += reason;
    return {.kind = RecordKind::kicked,
            .target_id = client_id,
            .target_session = std::uint64_t{client.slot} << half | client.generation,
            .target = room,
            .text = text,
            .receivers = receivers};
}

Kicked Kicked::of(const Record& record) noexcept {
    Kicked kicked{.room = record.target,
                  .client = {static_cast<std::uint32_t>(record.target_session >> half),
                             static_cast<std::uint32_t>(record.target_session)},
                  .client_id = record.target_id,
                  .receivers = record.receivers};
    std::string_view text = record.text;
    if (take(text, kicked.client_name)) kicked.reason = text;
    return kicked;
}

Record Invited::record() const noexcept {
    return {.kind = RecordKind::invited,
            .target_id = client_id,
            .target_session = std::uint64_t{client.slot} << half | client.generation,
            .number = opens ? 1U : 0U,
            .target = room,
            .text = client_name,
            .receivers = receivers};
}

Invited Invited::of(const Record& record) noexcept {
    return {.room = record.target,
            .client = {static_cast<std::uint32_t>(record.target_session >> half),
                       static_cast<std::uint32_t>(record.target_session)},
            .client_id = record.target_id,
            .client_name = record.text,
            .opens = record.number != 0,
            .receivers = record.receivers};
}

}  // namespace records
}  // namespace chat
