// A message is deleted: by its sender, or by an operator of its room.
#pragma once

#include "shared/records/message.h"
#include "shared/records/record.h"

#include <cstdint>
#include <span>
#include <string_view>

namespace chat::records {

// The log forgets the text of the message, and does not keep it for its receiver any longer.
struct Deleted {
    MessageTarget to = ToEveryone{};         // of the message; a client has the name that it, or its account, has now
    std::uint64_t id = 0;                    // of the message
    std::string_view reason = {};            // may be empty
    std::uint32_t receiver_account = 0;      // of a direct message; 0: a guest
    std::span<const SlotId> receivers = {};  // those of them that are connected

    [[nodiscard]] Record record() const noexcept {
        Record record{.kind = RecordKind::deleted,
                      .value = id,
                      .number = receiver_account,
                      .text = reason,
                      .receivers = receivers};
        put_target(record, to);
        return record;
    }
    [[nodiscard]] static Deleted of(const Record& record) noexcept {
        return {target_in(record), record.value, record.text, record.number, record.receivers};
    }
};

}  // namespace chat::records
