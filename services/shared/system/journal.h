// The daemons' own log: structured entries in journald if it is listening, otherwise lines on stderr. Only daemon code
// logs; shared code returns errors instead. Never log the text of a message, and never use user text as a format
// string.
//
// A thread of its own writes the entries (journal_queue.h), so that nobody waits for journald.
#pragma once

#include <array>
#include <chrono>
#include <cstdint>
#include <initializer_list>
#include <string>
#include <string_view>
#include <vector>

namespace chat {

enum class Priority : std::uint8_t { error, warning, notice, info };

struct JournalField {
    std::string_view name;  // e.g. CHAT_CLIENT_ID: a literal
    std::string value;
};

// An event that the message catalog explains, by its catalog id: 32 hexadecimal digits.
struct KnownEvent {
    std::string_view event;
    std::string_view message_id;
    bool by_clients = false;  // any client can cause it: together, such entries are limited to 10 per second
};
// The id of an event never changes.
inline constexpr std::array known_events = {
    KnownEvent{"client-connected", "5d0f5a4de2d84e0c9d1a62d9c8f7b101", true},
    KnownEvent{"client-left", "5d0f5a4de2d84e0c9d1a62d9c8f7b102", true},
    KnownEvent{"client-renamed", "5d0f5a4de2d84e0c9d1a62d9c8f7b103", true},
    KnownEvent{"client-refused", "5d0f5a4de2d84e0c9d1a62d9c8f7b104", true},
    KnownEvent{"started", "5d0f5a4de2d84e0c9d1a62d9c8f7b105"},
    KnownEvent{"stopped", "5d0f5a4de2d84e0c9d1a62d9c8f7b106"},
    KnownEvent{"segment-set-aside", "5d0f5a4de2d84e0c9d1a62d9c8f7b107"},
    KnownEvent{"segment-converted", "5d0f5a4de2d84e0c9d1a62d9c8f7b126"},
    KnownEvent{"waiting", "5d0f5a4de2d84e0c9d1a62d9c8f7b127"},
    KnownEvent{"database-trouble", "5d0f5a4de2d84e0c9d1a62d9c8f7b108"},
    KnownEvent{"client-kicked", "5d0f5a4de2d84e0c9d1a62d9c8f7b121"},
    KnownEvent{"irc-operator", "5d0f5a4de2d84e0c9d1a62d9c8f7b142"},
    KnownEvent{"client-killed", "5d0f5a4de2d84e0c9d1a62d9c8f7b143"},
    KnownEvent{"client-banned", "5d0f5a4de2d84e0c9d1a62d9c8f7b140"},
    KnownEvent{"ban-lifted", "5d0f5a4de2d84e0c9d1a62d9c8f7b141"},
    KnownEvent{"room-changed", "5d0f5a4de2d84e0c9d1a62d9c8f7b123"},
    KnownEvent{"announcement", "5d0f5a4de2d84e0c9d1a62d9c8f7b122"},
    KnownEvent{"forget", "5d0f5a4de2d84e0c9d1a62d9c8f7b124"},
    KnownEvent{"forgotten", "5d0f5a4de2d84e0c9d1a62d9c8f7b125"},
    KnownEvent{"database-recovered", "5d0f5a4de2d84e0c9d1a62d9c8f7b109"},
    KnownEvent{"calculated", "5d0f5a4de2d84e0c9d1a62d9c8f7b10a", true},
    KnownEvent{"reloaded", "5d0f5a4de2d84e0c9d1a62d9c8f7b10b"},
    KnownEvent{"reload-refused", "5d0f5a4de2d84e0c9d1a62d9c8f7b10c"},
    KnownEvent{"sizes-kept", "5d0f5a4de2d84e0c9d1a62d9c8f7b10d"},
    KnownEvent{"accept-trouble", "5d0f5a4de2d84e0c9d1a62d9c8f7b10e"},
    KnownEvent{"memory-trouble", "5d0f5a4de2d84e0c9d1a62d9c8f7b10f"},
    KnownEvent{"configuration", "5d0f5a4de2d84e0c9d1a62d9c8f7b110"},
    KnownEvent{"setup", "5d0f5a4de2d84e0c9d1a62d9c8f7b111"},
    KnownEvent{"fatal", "5d0f5a4de2d84e0c9d1a62d9c8f7b112"},
    KnownEvent{"queue-full", "5d0f5a4de2d84e0c9d1a62d9c8f7b12a"},
    KnownEvent{"log-skipped", "5d0f5a4de2d84e0c9d1a62d9c8f7b12b"},
    KnownEvent{"foreign-object", "5d0f5a4de2d84e0c9d1a62d9c8f7b12c"},
    KnownEvent{"clock-jumped", "5d0f5a4de2d84e0c9d1a62d9c8f7b12d"},
    KnownEvent{"memory-limit", "5d0f5a4de2d84e0c9d1a62d9c8f7b12e"},
    KnownEvent{"line-skipped", "5d0f5a4de2d84e0c9d1a62d9c8f7b12f"},
    KnownEvent{"journal-limited", "5d0f5a4de2d84e0c9d1a62d9c8f7b128"},
    KnownEvent{"journal-dropped", "5d0f5a4de2d84e0c9d1a62d9c8f7b129"},
    KnownEvent{"login-failed", "5d0f5a4de2d84e0c9d1a62d9c8f7b150"},
    KnownEvent{"account-changed", "5d0f5a4de2d84e0c9d1a62d9c8f7b151"},
    KnownEvent{"pam-refused", "5d0f5a4de2d84e0c9d1a62d9c8f7b158", true},
    KnownEvent{"pam-trouble", "5d0f5a4de2d84e0c9d1a62d9c8f7b159", true},
};

// Looks up an event by name: a name that is not in the table does not compile.
class Event {
  public:
    consteval Event(const char* name) : known_(find(name)) {}
    const KnownEvent* operator->() const noexcept { return known_; }

  private:
    static consteval const KnownEvent* find(std::string_view name) {
        for (const KnownEvent& known : known_events)
            if (known.event == name) return &known;
        throw "there is no such event";
    }

    const KnownEvent* known_;
};

struct JournalEntry {
    Priority priority;
    Event event;
    std::string message;
    std::vector<JournalField> fields = {};
    std::chrono::system_clock::time_point at = std::chrono::system_clock::now();
};

// While it exists, a thread writes the entries; before and after, the caller does. At its end it waits until they are
// written, but less than a second. With Writer::caller there is no thread, for a program that forks.
class JournalSession {
  public:
    enum class Writer : std::uint8_t { thread, caller };
    explicit JournalSession(const char* program, Writer writer = Writer::thread);
    ~JournalSession();
    JournalSession(const JournalSession&) = delete;
    JournalSession& operator=(const JournalSession&) = delete;
};

// Never blocks during a JournalSession. `event` becomes CHAT_EVENT= and MESSAGE_ID=.
void journal(Priority priority, Event event, std::string_view message, std::initializer_list<JournalField> fields = {});

// Reports database trouble when it begins and when it ends, and is silent in between.
class DatabaseTrouble {
  public:
    // `trouble` is the current error; empty: none.
    void report(const std::string& trouble);

  private:
    std::string known_;
};

}  // namespace chat
