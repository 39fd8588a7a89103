// Text and flags of session records.
#include "shared/records/session.h"

#include "shared/records/packing.h"

#include <algorithm>

namespace chat::records {
namespace {

// Neither an address nor the name of a room contains it.
constexpr char before_tls_facts = '\n';

}  // namespace

// The text: the peer, the rooms, and of a client that speaks TLS the fingerprint of its certificate and the name in it.
Record Connected::record(std::string& text) const {
    text = peer;
    if (!rooms.empty()) text.append(" ").append(rooms);
    if (tls.is_secure) {
        text += before_tls_facts;
        pack(text, tls.fingerprint);
        text += tls.common_name;
    }
    return {.kind = RecordKind::connected,
            .target_id = static_cast<std::uint32_t>(accounts),
            .value = cookie,
            .number = limit,
            .scope = static_cast<std::uint8_t>(dialect),
            .text = text};
}

Connected Connected::of(const Record& record) noexcept {
    const std::string_view plain = record.text.substr(0, record.text.find(before_tls_facts));
    const std::string_view peer = plain.substr(0, plain.find(' '));
    Connected connected{.peer = peer,
                        .rooms = plain.substr(std::min(peer.size() + 1, plain.size())),
                        .cookie = record.value,
                        .limit = record.number,
                        .dialect = dialect_id(record.scope),
                        .accounts = static_cast<RegisterPolicy>(record.target_id)};
    std::string_view facts = record.text.substr(std::min(plain.size() + 1, record.text.size()));
    connected.tls.is_secure = take_one(facts, connected.tls.fingerprint);
    connected.tls.common_name = facts.substr(0, max_name_size);
    return connected;
}

Record Introduced::record(std::string& text) const {
    text.assign(row).append(lines);
    return {.kind = RecordKind::introduced,
            .target_id = static_cast<std::uint32_t>(row.size()),
            .name = name,
            .text = text};
}

Introduced Introduced::of(const Record& record) noexcept {
    const std::size_t size = std::min<std::size_t>(record.target_id, record.text.size());
    return {record.name, record.text.substr(0, size), record.text.substr(size)};
}

namespace {

// Above all user ids, which have 32 bits.
constexpr std::uint64_t no_uid = std::uint64_t{1} << 32U;

}  // namespace

Record Departed::record() const noexcept {
    unsigned flags = broken ? record_flag::broken : 0U;
    if (says_bye) flags |= record_flag::says_bye;
    return {.kind = RecordKind::departed,
            .flags = static_cast<std::uint16_t>(flags),
            .value = operator_uid.value_or(reason == LeaveReason::kicked ? no_uid : 0),
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
    if (departed.reason == LeaveReason::kicked && record.value != no_uid)
        departed.operator_uid = static_cast<std::uint32_t>(record.value);
    return departed;
}

}  // namespace chat::records
