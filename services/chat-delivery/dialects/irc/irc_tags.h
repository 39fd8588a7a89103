// Tags in front of rendered lines (IRCv3 message-tags), for clients that have asked for them; the label of an answer
// (labeled-response), and the batch that holds an answer of several lines together.
#pragma once

#include "chat-delivery/dialects/dialect.h"
#include "shared/records/record.h"

#include <cstdint>
#include <string>
#include <string_view>

namespace chat::irc {

// The beginning of a line with these tags: `@a=b;c=d `. Without tags it is empty.
class Tags {
  public:
    void add(std::string_view name, std::string_view value = {});
    void add_time(Microseconds at);                              // time=
    void add_id(const Segment& segment, std::uint64_t message);  // msgid=<log id>-<message id>
    // As it is, between semicolons.
    void add_text(std::string_view tags);
    // Appends what is to stand before the line.
    void append_to(std::string& out) const;

  private:
    void begin(std::string_view name);

    std::string text_;
};

// `<log id>-<message id>`.
void append_message_id(std::string& out, const Segment& segment, std::uint64_t message);

// Puts tags in front of lines that others receive.
void tag_lines(const WriterContext& context, const Record& record, std::string& lines);
// The same for lines to the record's sender; if its command had a label, they answer it.
void tag_answer(const WriterContext& context, const Record& record, std::string& lines);
// Tags of a line about a message of the log.
[[nodiscard]] Tags tags_of(const WriterContext& context, const HistoryInfo& message);

}  // namespace chat::irc
