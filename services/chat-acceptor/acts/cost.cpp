// Receivers and rows.
#include "chat-acceptor/acts/cost.h"

#include "shared/records/answer.h"
#include "shared/records/group.h"
#include "shared/records/history.h"
#include "shared/records/room.h"

namespace chat {
namespace {

constexpr std::size_t for_one_token = 64;

// A part of a list counts the rows of all parts so far, so only the last one counts.
std::size_t rows_of(const Record& record) noexcept {
    if (records::is_part_of_list(record)) return 0;
    if (record.kind == RecordKind::clients) return records::Clients::of(record).count;
    if (record.kind == RecordKind::rooms) return records::Rooms::of(record).count;
    if (record.kind == RecordKind::groups) return records::Groups::of(record).count;
    if (record.kind == RecordKind::history) return records::History::of(record).count;
    return 0;
}

}  // namespace

std::int64_t further_cost(const Record& record) noexcept {
    return static_cast<std::int64_t>(record.receivers.size() / for_one_token + rows_of(record) / for_one_token);
}

}  // namespace chat
