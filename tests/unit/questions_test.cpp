// Pending questions: how many, in which order they are answered, and what happens to unanswered ones.
#include "chat-acceptor/questions/questions.h"

#include "tests/support/catch.h"

#include <poll.h>

#include <map>
#include <string>
#include <thread>
#include <utility>

namespace questions_test {

using namespace chat;

namespace {

constexpr Microseconds timeout = 1000;

// Answers when the test says so.
struct Notes {
    std::map<std::string, std::function<void(Answer)>> open;
    std::vector<QuestionKey> keys;
};
class Scripted : public Answerer {
  public:
    explicit Scripted(std::shared_ptr<Notes> notes) : notes_(std::move(notes)) {}
    void ask(const QuestionKey& key, std::string_view text, std::function<void(Answer)> done) override {
        notes_->keys.push_back(key);
        notes_->open[std::string(text)] = std::move(done);
    }

  private:
    std::shared_ptr<Notes> notes_;
};

struct Scene {
    explicit Scene(std::size_t most = 8) : questions(std::in_place, most, timeout) {
        questions->set_answerer(Authority::sleeper, std::make_unique<Scripted>(notes));
    }
    bool ask(std::uint32_t slot, const std::string& text, Microseconds now = 0, bool again = false) {
        return questions->ask({slot, 1}, {slot, 10, again}, {Authority::sleeper, Secret(text)}, now);
    }
    [[nodiscard]] bool is_readable() const {
        pollfd look{questions->fd(), POLLIN, 0};
        return ::poll(&look, 1, 0) == 1;
    }

    std::shared_ptr<Notes> notes = std::make_shared<Notes>();
    std::optional<Questions> questions;
};

}  // namespace

TEST_CASE("questions: an answer goes to the client that asked, and is announced by a descriptor", "[questions]") {
    Scene scene;
    CHECK(scene.questions->empty());
    REQUIRE(scene.ask(3, "password?"));
    REQUIRE(scene.ask(4, "history?"));
    CHECK(scene.notes->keys == std::vector<QuestionKey>{{3, 10}, {4, 10}});
    CHECK_FALSE(scene.is_readable());
    CHECK(scene.questions->take_answered(0).empty());

    std::thread([&] { scene.notes->open["history?"]({true, "none"}); }).join();
    CHECK(scene.is_readable());
    const auto answered = scene.questions->take_answered(0);
    REQUIRE(answered.size() == 1);
    CHECK(answered[0].client == SlotId{4, 1});
    CHECK(answered[0].answer.came);
    CHECK(answered[0].answer.text == "none");
    CHECK_FALSE(scene.is_readable());
    CHECK_FALSE(scene.questions->empty());
}

TEST_CASE("questions: answers that arrive together are given in the order of the questions", "[questions]") {
    Scene scene;
    for (const std::uint32_t slot : {1U, 2U, 3U}) REQUIRE(scene.ask(slot, std::to_string(slot)));
    for (const char* text : {"3", "1", "2"}) scene.notes->open[text]({true, text});
    std::string order;
    for (const auto& answered : scene.questions->take_answered(0)) order += answered.answer.text;
    CHECK(order == "123");
    CHECK(scene.questions->empty());
}

TEST_CASE("questions: no more than the bound are pending", "[questions]") {
    Scene scene(2);
    CHECK(scene.ask(1, "a"));
    CHECK(scene.ask(2, "b"));
    CHECK_FALSE(scene.ask(3, "c"));
    scene.notes->open["a"]({true, {}});
    CHECK(scene.questions->take_answered(0).size() == 1);
    CHECK(scene.ask(3, "c"));
    CHECK_FALSE(scene.ask(4, "d"));
    CHECK(scene.ask(4, "asked by a process that died", 0, true));
}

TEST_CASE("questions: a host has a share of them", "[questions]") {
    Scene scene(64);
    const auto host = Network::of_host(*Address::parse("192.0.2.7"));
    const auto ask_from = [&](std::uint32_t slot, const std::optional<Network>& from) {
        return scene.questions->ask({slot, 1}, {slot, 10}, {Authority::sleeper, Secret(std::to_string(slot))}, 0, from);
    };
    std::uint32_t slot = 0;
    for (std::size_t i = 0; i < Questions::most_of_a_host; ++i) CHECK(ask_from(++slot, host));
    CHECK_FALSE(ask_from(++slot, host));
    CHECK(ask_from(++slot, Network::of_host(*Address::parse("192.0.2.8"))));
    for (std::size_t i = 0; i < 2 * Questions::most_of_a_host; ++i) CHECK(ask_from(++slot, std::nullopt));
    scene.questions->cancel({1, 1});
    CHECK(ask_from(++slot, host));
}

TEST_CASE("questions: one may take longer than others", "[questions]") {
    Scene scene;
    REQUIRE(scene.ask(1, "usual"));
    REQUIRE(scene.questions->ask({2, 1}, {2, 10}, {Authority::sleeper, Secret("patient"), 5 * timeout}, 0));
    CHECK(scene.questions->take_answered(timeout).size() == 1);
    CHECK(scene.questions->take_answered(5 * timeout - 1).empty());
    CHECK(scene.questions->take_answered(5 * timeout).size() == 1);
}

TEST_CASE("questions: one that waits too long is given up, and its late answer is ignored", "[questions]") {
    Scene scene;
    REQUIRE(scene.ask(1, "slow", 500));
    CHECK(scene.questions->take_answered(500 + timeout - 1).empty());
    const auto given_up = scene.questions->take_answered(500 + timeout);
    REQUIRE(given_up.size() == 1);
    CHECK_FALSE(given_up[0].answer.came);
    CHECK(scene.questions->empty());

    REQUIRE(scene.ask(1, "next", 2000));
    scene.notes->open["slow"]({true, "late"});
    CHECK(scene.questions->take_answered(2000).empty());
}

TEST_CASE("questions: a client that leaves gets no answer and makes room", "[questions]") {
    Scene scene(1);
    REQUIRE(scene.ask(1, "a"));
    scene.questions->cancel({1, 1});
    CHECK(scene.questions->empty());
    REQUIRE(scene.ask(2, "b"));
    scene.notes->open["a"]({true, {}});
    CHECK(scene.questions->take_answered(0).empty());
    CHECK_FALSE(scene.questions->empty());
}

TEST_CASE("questions: without an authority to ask there is no answer", "[questions]") {
    Questions questions(8, timeout);
    CHECK_FALSE(questions.ask({1, 1}, {1, 1}, {Authority::sleeper, Secret("x")}, 0));
}

TEST_CASE("questions: an answer may arrive after the end", "[questions]") {
    Scene scene;
    REQUIRE(scene.ask(1, "a"));
    scene.questions.reset();
    scene.notes->open["a"]({true, "too late"});
}

}  // namespace questions_test
