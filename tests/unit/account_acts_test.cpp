// What the answers of chat-auth become.
#include "chat-acceptor/acts/perform.h"
#include "chat-acceptor/acts/waiting.h"
#include "chat-acceptor/questions/account_question.h"
#include "chat-acceptor/questions/kept_question.h"
#include "shared/records/answer.h"
#include "tests/support/catch.h"
#include "tests/unit/publishing.h"
#include "tests/unit/scratch.h"

#include <string>

namespace account_acts_test {

using namespace chat;

namespace {

struct Scene {
    Scene() {
        names.are_available = names.are_loaded = true;
        acceptor.connect(guest, 48213, "Guest");
    }
    // The code of the refusal; empty if Guest is logged in to account 7, named Robin.
    std::string log_in() {
        const Answer login = AccountAnswer{.account = 7, .name = "Robin"}.answer();
        const Answer answer = KeptAnswer{.account = 7, .upto = 1}.answer(login.text);
        const Asker asker{guest, &acceptor.sessions.row(guest.slot), 1};
        const act::LogIn act{.name = "Robin", .secret = "secret"};
        const bool takes_over = name_taken_over(act, answer, context, 1).has_value();
        const Draft draft = perform_answered(act, answer, context, asker);
        const Record record = draft.record();
        CHECK(takes_over == (record.kind == RecordKind::logged_in));
        return record.kind == RecordKind::error ? std::string(word_of(static_cast<ErrorCode>(record.number))) : "";
    }

    const SlotId guest{0, 1};
    test::ScratchSegment scratch;
    test::Publishing acceptor{scratch.segment};
    Config config;
    AccountNames names;
    ActContext context{&acceptor.tables, &config, 0, &names};
};

}  // namespace

TEST_CASE("accounts: an answer to a login is not believed if the account has ended meanwhile", "[accounts]") {
    Scene scene;
    SECTION("it is there") {
        scene.names.set("robin", {7, false});
        CHECK(scene.log_in().empty());
    }
    SECTION("it was deleted") {
        CHECK(scene.log_in() == "no-such-account");
    }
    SECTION("its name belongs to another one now") {
        scene.names.set("Robin", {8, false});
        CHECK(scene.log_in() == "no-such-account");
    }
    SECTION("it was disabled") {
        scene.names.set("Robin", {7, true});
        CHECK(scene.log_in() == "account-disabled");
    }
    SECTION("nobody knows yet: it is checked once the names are known") {
        scene.names.are_loaded = false;
        CHECK(scene.log_in().empty());
    }
}

TEST_CASE("accounts: strangers register only so many names at once, trusted addresses any number", "[accounts]") {
    Scene scene;
    scene.config.accounts_plaintext = true;
    const bool is_trusted = GENERATE(true, false);
    scene.context.is_trusted = [is_trusted](const ClientRow&) { return is_trusted; };
    const Asker asker{scene.guest, &scene.acceptor.sessions.row(scene.guest.slot), 1};
    const auto question =
        ask_about_account(act::RegisterName{.secret = "correct-horse", .token = {}}, scene.context, asker);
    REQUIRE(question);
    const auto asked = AccountQuestion::of(question->text.view());
    REQUIRE(asked);
    CHECK(asked->names_at_once == (is_trusted ? 0 : 60));
}

}  // namespace account_acts_test
