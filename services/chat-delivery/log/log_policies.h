// What the log keeps of messages, by their position in the queue. Settings may change while the log is behind: the
// settings at the time of a message's fan-out apply to it, however late it is written.
#pragma once

#include "shared/memory/queue.h"

#include <cstddef>
#include <mutex>
#include <vector>

namespace chat {

struct LogPolicy {
    bool messages;  // rows of messages
    bool text;      // message texts and file names
    bool operator==(const LogPolicy&) const = default;
};

// Thread-safe.
class LogPolicies {
  public:
    struct Span {
        LogPolicy policy;
        Position end;
    };
    // `first` applies from the beginning of the queue.
    explicit LogPolicies(LogPolicy first) : changes_{{0, first}} {}

    // Sets what is kept of the records from `from` on; `from` never decreases between calls. If very many changes wait
    // for the log, some are merged: then less is kept than configured, never more.
    void change(Position from, LogPolicy policy);
    // What to keep of the record at `at`, and the position (at most `head`) up to which this applies. `at` never
    // decreases.
    [[nodiscard]] Span at(Position at, Position head);

  private:
    struct Change {
        Position from;
        LogPolicy policy;
    };
    std::mutex mutex_;
    std::vector<Change> changes_;  // in order: the first applies at the log's position, the others come later
};

}  // namespace chat
