// How many messages are kept for accounts, as far as the acceptor knows.
#include "chat-acceptor/questions/kept_counts.h"

#include "chat-acceptor/questions/kept_question.h"
#include "shared/records/message.h"
#include "shared/records/operator.h"
#include "shared/records/session.h"
#include "tests/support/catch.h"

#include <cstdint>
#include <string>

namespace kept_counts_test {

using namespace chat;

namespace {

constexpr std::uint32_t robin = 7;
constexpr std::uint32_t joker = 8;

struct Scene {
    void learn(std::uint32_t account, std::uint64_t count, std::uint64_t upto) {
        Answer answer = KeptAnswer{.account = account, .upto = upto, .count = count}.answer({});
        answer.is_preliminary = true;
        counts.learn(answer);
    }
    void note(Record record, std::uint64_t sequence) {
        record.sequence = sequence;
        REQUIRE(KeptCounts::concerns(record));
        counts.note(record);
    }
    KeptCounts counts;
};

}  // namespace

TEST_CASE("kept counts: a kept message counts, and the end of its receiver's session makes the count unknown",
          "[kept_counts][N09]") {
    Scene scene;
    scene.learn(robin, 3, 100);
    scene.note(records::Message{.to = ToClient{51990, 7, "Robin"}, .receiver_account = robin, .kept = true}.record(),
               101);
    CHECK(scene.counts.find(robin) == 4U);
    scene.note(records::Closed{{robin, 101, 101}}.record(), 102);
    CHECK_FALSE(scene.counts.find(robin));
    scene.learn(robin, 4, 101);  // read before the session ended
    CHECK_FALSE(scene.counts.find(robin));
    scene.learn(robin, 0, 102);
    CHECK(scene.counts.find(robin) == 0U);
}

TEST_CASE("kept counts: sessions of others change nothing, or one who waits would be asked for again and again",
          "[kept_counts][N09]") {
    Scene scene;
    std::string text;
    scene.learn(robin, 3, 100);
    scene.note(records::Closed{}.record(), 101);
    scene.note(records::Closed{{joker, 90, 90}}.record(), 102);
    scene.note(records::KeptEnded{.gift = {joker, 90, 90}}.record(), 103);
    scene.note(records::LoggedIn{.name = "Joker", .account = joker}.record(text), 104);
    CHECK(scene.counts.find(robin) == 3U);
    scene.learn(joker, 1, 103);
    CHECK_FALSE(scene.counts.find(joker));
    scene.learn(joker, 1, 104);
    CHECK(scene.counts.find(joker) == 1U);
}

TEST_CASE("kept counts: records that change nothing are not for it", "[kept_counts]") {
    CHECK_FALSE(KeptCounts::concerns(records::Message{.to = ToRoom{"lobby"}}.record()));
    CHECK_FALSE(KeptCounts::concerns(records::Online{}.record()));
}

}  // namespace kept_counts_test
