// The basis for tests of the logs: a segment, an acceptor that publishes, a place for the database, and no pauses.
#pragma once

#include "chat-delivery/log/message_log.h"
#include "shared/log/database.h"
#include "shared/log/retention.h"
#include "tests/support/catch.h"
#include "tests/unit/publishing.h"
#include "tests/unit/scratch.h"

#include <chrono>
#include <cstdint>
#include <string>

namespace chat::test {

inline constexpr SlotId batman{0, 1};
inline constexpr SlotId joker{1, 1};

inline RetentionPace without_pauses() {
    RetentionPace pace;
    pace.first = pace.pause = pace.rest = std::chrono::milliseconds(1);
    return pace;
}

// A log and the records published for it.
struct LogScene {
    LogScene() {
        acceptor.connect(batman, 48213, "Batman");
        acceptor.connect(joker, 51990, "Joker");
    }
    std::uint64_t publish(const Record& record) { return acceptor.publisher.publish(record).sequence; }
    void fan_out_all() { scratch.segment.words().head = scratch.segment.words().tail.load(); }
    // Two messages from the beginning of time.
    void insert_old(const std::string& first, const std::string& second) const {
        const std::string row = ", 5, 'room', 1, NULL, 'lobby', 1, 0, 1, '";
        Database(directory.path())
            .execute(("INSERT INTO message (id, at, kind, sender, receiver, channel, receivers, discarded, characters, "
                      "text) VALUES (1" +
                      row + first + "'), (2" + row + second + "')")
                         .c_str());
    }
    // Opens the log, waits until it has written everything that is fanned out, and closes it.
    void write_all() {
        MessageLog log(scratch.segment, directory.path(), config);
        REQUIRE(eventually([&] { return log.flush(); }));
        CHECK(log.trouble().empty());
        CHECK(scratch.segment.words().logged == scratch.segment.words().head);
    }
    [[nodiscard]] std::int64_t count(const std::string& condition = "true") const {
        return Database(directory.path()).query_number(("SELECT count(*) FROM message WHERE " + condition).c_str());
    }

    TemporaryDirectory directory;
    ScratchSegment scratch;
    Publishing acceptor{scratch.segment};
    Config config;
};

}  // namespace chat::test
