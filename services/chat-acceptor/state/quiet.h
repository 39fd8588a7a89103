// When a quiet client stops being quiet.
#pragma once

#include "shared/records/record.h"

namespace chat {

// Others notice what this record says of its sender, so that it is announced even if it was quiet.
[[nodiscard]] inline bool ends_quiet(const Record& record) noexcept {
    if (!record.is_success()) return false;
    switch (family_of(record.kind)) {
        case RecordFamily::session:
            return record.kind != RecordKind::quieted && record.kind != RecordKind::seen;
        case RecordFamily::room:
            return record.kind == RecordKind::joined;
        case RecordFamily::group:
            return record.kind != RecordKind::groups;
        case RecordFamily::message:
        case RecordFamily::file:
        case RecordFamily::deletion:
            return true;
        case RecordFamily::none:
        case RecordFamily::relay:
        case RecordFamily::watch:
        case RecordFamily::metadata:
        case RecordFamily::operators:
        case RecordFamily::answer:
            break;
    }
    return false;
}

}  // namespace chat
