// The daemons' own log: structured entries in journald where that is listening, lines on stderr where it is not.
// For the daemons' rooms only; shared code returns what went wrong and does not log. Never a message's text, and never
// user text as a format.
#pragma once

#include <cstdint>
#include <initializer_list>
#include <string>
#include <string_view>

namespace chat {

enum class Priority : std::uint8_t { error, warning, notice, info };

struct JournalField {
    std::string_view name;  // as in CHAT_CLIENT_ID
    std::string value;
};

// Call once, before the first entry.
void start_journal(const char* program);

// `event` becomes CHAT_EVENT=; known events also get their MESSAGE_ID=.
void journal(Priority priority, std::string_view event, std::string_view message,
             std::initializer_list<JournalField> fields = {});

// Reports trouble with the database when it begins and when it is over, and is silent in between.
class DatabaseTrouble {
  public:
    // `trouble` is what is wrong now; empty: nothing.
    void report(const std::string& trouble);

  private:
    std::string known_;
};

}  // namespace chat
