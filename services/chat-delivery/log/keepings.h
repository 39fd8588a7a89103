// What the log keeps of messages, by their place in the queue. Settings change while the log is behind: each message is
// kept as the settings said when it was fanned out, however late it is written.
#pragma once

#include "shared/memory/queue.h"

#include <cstddef>
#include <mutex>
#include <vector>

namespace chat {

struct Keeping {
    bool messages;  // rows of messages
    bool text;      // with their texts, and the names of files
    bool operator==(const Keeping&) const = default;
};

// For any thread.
class Keepings {
  public:
    struct Stretch {
        Keeping keeping;
        Position end;
    };
    // `first` holds from the beginning of the queue on.
    explicit Keepings(Keeping first) : changes_{{0, first}} {}

    // Records from `from` on are kept like this; `from` never decreases from call to call. Of very many changes that
    // wait for the log, some are merged: then less is kept than was asked for, and never more.
    void change(Position from, Keeping keeping);
    // What is kept of the record at `at`, and up to where this holds, `head` at most. `at` never decreases.
    [[nodiscard]] Stretch at(Position at, Position head);

  private:
    struct Change {
        Position from;
        Keeping keeping;
    };
    std::mutex mutex_;
    std::vector<Change> changes_;  // in order: the first holds where the log is, the others wait for it
};

}  // namespace chat
