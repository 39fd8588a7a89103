// Text and flags of session records.
#include "shared/records/session.h"

#include <algorithm>

namespace chat::records {

Record Connected::record(std::string& text) const {
    text = peer;
    if (!rooms.empty()) text.append(" ").append(rooms);
    return {.kind = RecordKind::connected,
            .target_id = static_cast<std::uint32_t>(accounts),
            .value = cookie,
            .number = limit,
            .scope = static_cast<std::uint8_t>(dialect),
            .text = text};
}

Connected Connected::of(const Record& record) noexcept {
    const std::string_view peer = record.text.substr(0, record.text.find(' '));
    return {peer,
            record.text.substr(std::min(peer.size() + 1, record.text.size())),
            record.value,
            record.number,
            dialect_id(record.scope),
            static_cast<RegisterPolicy>(record.target_id)};
}

Record Departed::record() const noexcept {
    unsigned flags = broken ? record_flag::broken : 0U;
    if (says_bye) flags |= record_flag::says_bye;
    return {.kind = RecordKind::departed,
            .flags = static_cast<std::uint16_t>(flags),
            .value = operator_uid.value_or(0),
            .number = count,
            .scope = static_cast<std::uint8_t>(reason),
            .text = word,
            .receivers = receivers};
}

Departed Departed::of(const Record& record) noexcept {
    Departed departed{.reason = static_cast<LeaveReason>(record.scope),
                      .word = record.text,
                      .count = record.number,
                      .broken = record.has(record_flag::broken),
                      .says_bye = record.has(record_flag::says_bye),
                      .receivers = record.receivers};
    if (departed.reason == LeaveReason::kicked) departed.operator_uid = static_cast<std::uint32_t>(record.value);
    return departed;
}

}  // namespace chat::records
