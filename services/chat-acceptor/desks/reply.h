// What becomes of a line: a draft, and how it becomes a record.
#pragma once

#include "chat-acceptor/acts/draft.h"
#include "chat-acceptor/clients/inbox.h"
#include "chat-acceptor/dialects/dialect.h"
#include "shared/memory/client_table.h"
#include "shared/records/command_tag.h"
#include "shared/records/message.h"
#include "shared/records/record.h"
#include "shared/system/clock.h"

#include <cstddef>
#include <cstdint>
#include <memory>
#include <string>
#include <string_view>

namespace chat {

struct Reply {
    std::string_view tag;  // of the line
    Draft draft;
    std::size_t list_part = 0;   // bytes; 0: it is not a list
    bool is_secret = false;      // the line is to be wiped
    std::uint8_t next_step = 0;  // not 0: the line becomes further records
    // As in Reading.
    std::string_view label = {};
    std::string_view message_tags = {};
    std::int64_t further_lines = 0;
    std::unique_ptr<const JoinedTexts> joined = nullptr;
};

// Storage for what tags of IRC add to a record.
class TagTexts {
  public:
    // `row`: of the sender, before the record.
    void put(const Reply& reply, const ClientRow& row, Record& record) {
        const bool is_message = record.kind == RecordKind::message || record.kind == RecordKind::tag_message;
        if (is_message && !reply.message_tags.empty()) records::Message::put_tags(record, reply.message_tags, text_);
        if (reply.label.empty()) return;
        const bool is_first = row.line_step == 0 && row.list_count == 0 && row.is_getting_kept == 0;
        tag_ = IrcCommandTag{.subject = reply.tag, .label = reply.label, .is_first_of_line = is_first}.text();
        record.tag = tag_;
    }

  private:
    std::string tag_;
    std::string text_;
};

// The record about the client with this row, at this wall time; it views the reply, the row and `tags`.
[[nodiscard]] Record record_of(const Reply& reply, const Inbox::Line& line, SlotId client, const ClientRow& row,
                               Microseconds wall, TagTexts& tags);

}  // namespace chat
