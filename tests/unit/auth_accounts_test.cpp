// Accounts: who may log in and register, what tokens are good for, and that a repeated call changes nothing.
#include "chat-auth/accounts.h"
#include "tests/support/catch.h"
#include "tests/unit/scratch.h"

#include <fstream>
#include <iterator>
#include <optional>
#include <string>

namespace auth_accounts_test {

using namespace chat;
using test::TemporaryDirectory;

namespace {

constexpr unsigned long cheap = 1;

struct Scene {
    AuthAnswer perform(const AuthRequest& request) { return accounts->perform(request); }
    AuthAnswer login(std::string name, std::string_view secret, std::optional<CallKey> key = {}) {
        return perform({.method = AuthMethod::login,
                        .key = key,
                        .address = address,
                        .name = std::move(name),
                        .secret = Secret(secret)});
    }
    AuthAnswer enroll(std::string name, std::string_view secret, std::string_view token = {},
                      RegisterPolicy policy = RegisterPolicy::open, std::optional<CallKey> key = {}) {
        return perform({.method = AuthMethod::register_name,
                        .key = key,
                        .address = address,
                        .name = std::move(name),
                        .secret = Secret(secret),
                        .token = Secret(token),
                        .policy = policy,
                        .least = 8,
                        .names_at_once = names_at_once});
    }
    AuthAnswer change(std::uint64_t account, std::string_view old, std::string_view fresh,
                      std::optional<CallKey> key = {}) {
        return perform({.method = AuthMethod::change_password,
                        .key = key,
                        .address = address,
                        .account = account,
                        .secret = Secret(old),
                        .new_secret = Secret(fresh),
                        .least = 8});
    }
    AuthAnswer reset(std::string name, std::string_view token, std::string_view fresh) {
        return perform({.method = AuthMethod::reset_password,
                        .address = address,
                        .name = std::move(name),
                        .new_secret = Secret(fresh),
                        .token = Secret(token),
                        .least = 8});
    }
    AuthAnswer certify(AuthMethod method, std::uint64_t account, std::string fingerprint,
                       std::optional<CallKey> key = {}) {
        return perform({.method = method,
                        .key = key,
                        .address = address,
                        .account = account,
                        .fingerprint = std::move(fingerprint)});
    }
    AuthAnswer login_with(std::string name, std::string fingerprint) {
        return perform({.method = AuthMethod::login_with_certificate,
                        .address = address,
                        .name = std::move(name),
                        .fingerprint = std::move(fingerprint)});
    }
    AuthAnswer operate(AuthMethod method, std::string name = {}, std::uint64_t uses = 1, std::uint64_t days = 7) {
        return perform({.method = method, .name = std::move(name), .uses = uses, .days = days, .operator_uid = 1000});
    }
    void open_again() {
        accounts.reset();
        accounts.emplace(directory.path(), cheap);
    }

    TemporaryDirectory directory;
    std::optional<Accounts> accounts{std::in_place, directory.path(), cheap};
    std::string address = "192.0.2.7";
    std::uint64_t names_at_once = 0;
};

std::string token_of(const AuthAnswer& answer) {
    return std::string(answer.token.view());
}

}  // namespace

TEST_CASE("accounts: a registered name belongs to whoever knows its secret", "[auth]") {
    Scene scene;
    const AuthAnswer made = scene.enroll("Robin", "correct horse");
    REQUIRE(!made.refusal);
    CHECK(made.name == "Robin");
    CHECK(made.account != 0);
    CHECK(made.since > 0);

    const AuthAnswer right = scene.login("rOBIN", "correct horse");
    REQUIRE(!right.refusal);
    CHECK(right.account == made.account);
    CHECK(right.name == "Robin");
    CHECK(right.since == made.since);
    CHECK(right.failed == 0);
    CHECK(scene.login("Robin", "correct horsf").refusal == ErrorCode::wrong_secret);
    CHECK(scene.login("Robin", "").refusal == ErrorCode::wrong_secret);
    CHECK(scene.login("Batman", "correct horse").refusal == ErrorCode::no_such_account);
    CHECK(scene.enroll("ROBIN", "something else").refusal == ErrorCode::name_taken);
}

TEST_CASE("accounts: the wrong secrets since the last login are counted", "[auth]") {
    Scene scene;
    REQUIRE(!scene.enroll("Robin", "password").refusal);
    CHECK(scene.login("Robin", "passworf").refusal == ErrorCode::wrong_secret);
    CHECK(scene.login("Robin", "passworg").refusal == ErrorCode::wrong_secret);
    CHECK(scene.login("Robin", "password").failed == 2);
    CHECK(scene.login("Robin", "password").failed == 0);
}

TEST_CASE("accounts: a secret may have from the least to 512 bytes", "[auth]") {
    Scene scene;
    CHECK(scene.enroll("Robin", "1234567").refusal == ErrorCode::weak_secret);
    CHECK(scene.enroll("Robin", std::string(513, 'x')).refusal == ErrorCode::weak_secret);
    const std::string longest(512, 'x');
    REQUIRE(!scene.enroll("Robin", longest).refusal);
    CHECK(!scene.login("Robin", longest).refusal);
    CHECK(scene.login("Robin", std::string(511, 'x')).refusal == ErrorCode::wrong_secret);
    CHECK(scene.login("Robin", std::string(511, 'x') + 'y').refusal == ErrorCode::wrong_secret);
}

TEST_CASE("accounts: refusals of a registration come in order and use nothing up", "[auth]") {
    Scene scene;
    const std::string invitation = token_of(scene.operate(AuthMethod::invite));
    CHECK(invitation.size() == 32);
    CHECK(scene.enroll("", "short", "wrong", RegisterPolicy::invite).refusal == ErrorCode::bad_name);
    CHECK(scene.enroll("Robin", "short", "wrong", RegisterPolicy::invite).refusal == ErrorCode::weak_secret);
    CHECK(scene.enroll("Robin", "password", "wrong", RegisterPolicy::invite).refusal == ErrorCode::not_invited);
    CHECK(scene.enroll("Robin", "password", "", RegisterPolicy::invite).refusal == ErrorCode::not_invited);
    CHECK(scene.enroll("Robin", "password", "", RegisterPolicy::off).refusal == ErrorCode::forbidden);
    CHECK(scene.enroll("", "password", invitation, RegisterPolicy::invite).refusal == ErrorCode::bad_name);
    CHECK(scene.enroll("Robin", "short", invitation, RegisterPolicy::invite).refusal == ErrorCode::weak_secret);
    CHECK(!scene.enroll("Robin", "password", invitation, RegisterPolicy::invite).refusal);
    CHECK(scene.enroll("Batman", "password", invitation, RegisterPolicy::invite).refusal == ErrorCode::not_invited);
}

TEST_CASE("accounts: an invitation works as often and as long as the operator said", "[auth]") {
    Scene scene;
    const std::string two = token_of(scene.operate(AuthMethod::invite, {}, 2));
    CHECK(!scene.enroll("One", "password", two, RegisterPolicy::off).refusal);
    CHECK(!scene.enroll("Two", "password", two, RegisterPolicy::off).refusal);
    CHECK(scene.enroll("Three", "password", two, RegisterPolicy::off).refusal == ErrorCode::not_invited);
    const std::string expired = token_of(scene.operate(AuthMethod::invite, {}, 1, 0));
    CHECK(scene.enroll("Three", "password", expired, RegisterPolicy::off).refusal == ErrorCode::not_invited);
}

TEST_CASE("accounts: the token of an added account carries the name", "[auth]") {
    Scene scene;
    const AuthAnswer added = scene.operate(AuthMethod::add, "Robin");
    REQUIRE(!added.refusal);
    CHECK(scene.operate(AuthMethod::add, "robin").refusal == ErrorCode::name_taken);
    CHECK(scene.operate(AuthMethod::add, "no name").refusal == ErrorCode::bad_name);
    CHECK(scene.login("Robin", "password").refusal == ErrorCode::wrong_secret);
    CHECK(scene.enroll("Robin", "password").refusal == ErrorCode::name_taken);
    CHECK(scene.enroll("", "short", token_of(added), RegisterPolicy::off).refusal == ErrorCode::weak_secret);
    const AuthAnswer made = scene.enroll("", "password", token_of(added), RegisterPolicy::off);
    REQUIRE(!made.refusal);
    CHECK(made.name == "Robin");
    CHECK(made.account == added.account);
    CHECK(!scene.login("Robin", "password").refusal);
    CHECK(scene.enroll("", "password", token_of(added), RegisterPolicy::off).refusal == ErrorCode::bad_name);
}

TEST_CASE("accounts: a changed secret replaces the old one", "[auth]") {
    Scene scene;
    const std::uint64_t account = scene.enroll("Robin", "password").account;
    CHECK(scene.change(account, "passworf", "new password").refusal == ErrorCode::wrong_secret);
    CHECK(scene.change(account, "password", "short").refusal == ErrorCode::weak_secret);
    CHECK(scene.change(account + 1, "password", "new password").refusal == ErrorCode::no_such_account);
    CHECK(!scene.change(account, "password", "new password").refusal);
    CHECK(scene.login("Robin", "password").refusal == ErrorCode::wrong_secret);
    CHECK(!scene.login("Robin", "new password").refusal);
}

TEST_CASE("accounts: a reset token sets one new secret for its account alone", "[auth]") {
    Scene scene;
    REQUIRE(!scene.enroll("Robin", "password").refusal);
    REQUIRE(!scene.enroll("Batman", "password").refusal);
    CHECK(scene.operate(AuthMethod::issue_reset, "Joker").refusal == ErrorCode::no_such_account);
    const std::string first = token_of(scene.operate(AuthMethod::issue_reset, "Robin"));
    const std::string second = token_of(scene.operate(AuthMethod::issue_reset, "Robin"));
    CHECK(scene.reset("Robin", first, "new password").refusal == ErrorCode::wrong_secret);
    CHECK(scene.reset("Batman", second, "new password").refusal == ErrorCode::wrong_secret);
    CHECK(!scene.login("Robin", "password").refusal);
    CHECK(!scene.reset("Robin", second, "new password").refusal);
    CHECK(scene.login("Robin", "password").refusal == ErrorCode::wrong_secret);
    CHECK(!scene.login("Robin", "new password").refusal);
    CHECK(scene.reset("Robin", second, "newer password").refusal == ErrorCode::wrong_secret);
}

TEST_CASE("accounts: a disabled account cannot log in, and a deleted one is gone", "[auth]") {
    Scene scene;
    const std::uint64_t account = scene.enroll("Robin", "password").account;
    CHECK(scene.operate(AuthMethod::disable, "Joker").refusal == ErrorCode::no_such_account);
    CHECK(scene.operate(AuthMethod::disable, "robin").account == account);
    CHECK(scene.login("Robin", "password").refusal == ErrorCode::account_disabled);
    CHECK(scene.login("Robin", "passworf").refusal == ErrorCode::wrong_secret);
    CHECK(!scene.operate(AuthMethod::enable, "Robin").refusal);
    CHECK(!scene.login("Robin", "password").refusal);
    CHECK(scene.operate(AuthMethod::remove, "Robin").account == account);
    CHECK(scene.login("Robin", "password").refusal == ErrorCode::no_such_account);
    CHECK(scene.enroll("Robin", "password").account > account);
}

TEST_CASE("accounts: a certificate belongs to one account, until it is removed or the account is reset", "[auth]") {
    Scene scene;
    const std::string one(64, 'a');
    const std::string other(64, 'b');
    const std::uint64_t robin = scene.enroll("Robin", "password").account;
    const std::uint64_t batman = scene.enroll("Batman", "password").account;
    CHECK(scene.login_with("Robin", one).refusal == ErrorCode::wrong_secret);
    CHECK(scene.login_with("Joker", one).refusal == ErrorCode::no_such_account);
    CHECK(scene.certify(AuthMethod::add_certificate, 99, one).refusal == ErrorCode::no_such_account);
    const CallKey key{7, 41, 100};
    CHECK(!scene.certify(AuthMethod::add_certificate, robin, one, key).refusal);
    CHECK(!scene.certify(AuthMethod::remove_certificate, robin, one, CallKey{7, 41, 200}).refusal);
    CHECK(!scene.certify(AuthMethod::add_certificate, robin, one, key).refusal);
    CHECK(scene.login_with("Robin", one).refusal == ErrorCode::wrong_secret);  // the repeated call changed nothing
    CHECK(!scene.certify(AuthMethod::add_certificate, robin, one).refusal);
    CHECK(scene.certify(AuthMethod::add_certificate, batman, one).refusal == ErrorCode::forbidden);
    CHECK(scene.login_with("Batman", one).refusal == ErrorCode::wrong_secret);
    CHECK(scene.login_with("robin", one).account == robin);
    CHECK(!scene.certify(AuthMethod::add_certificate, robin, other).refusal);
    CHECK(!scene.certify(AuthMethod::remove_certificate, batman, one).refusal);
    CHECK(!scene.login_with("Robin", one).refusal);
    CHECK(!scene.certify(AuthMethod::remove_certificate, robin, one).refusal);
    CHECK(scene.login_with("Robin", one).refusal == ErrorCode::wrong_secret);
    CHECK(!scene.login_with("Robin", other).refusal);
    CHECK(!scene.reset("Robin", token_of(scene.operate(AuthMethod::issue_reset, "Robin")), "new password").refusal);
    CHECK(scene.login_with("Robin", other).refusal == ErrorCode::wrong_secret);
    CHECK(!scene.certify(AuthMethod::add_certificate, robin, other).refusal);
    scene.operate(AuthMethod::disable, "Robin");
    CHECK(scene.login_with("Robin", other).refusal == ErrorCode::account_disabled);
    scene.operate(AuthMethod::remove, "Robin");
    CHECK(!scene.certify(AuthMethod::add_certificate, batman, other).refusal);
}

TEST_CASE("accounts: a repeated call receives the same answer and changes nothing", "[auth]") {
    Scene scene;
    const CallKey registration{7, 41, 100};
    const std::string invitation = token_of(scene.operate(AuthMethod::invite, {}, 2));
    const AuthAnswer made = scene.enroll("Robin", "password", invitation, RegisterPolicy::invite, registration);
    REQUIRE(!made.refusal);
    scene.open_again();  // as after a SIGKILL
    const AuthAnswer again = scene.enroll("Robin", "password", invitation, RegisterPolicy::invite, registration);
    REQUIRE(!again.refusal);
    CHECK(again.account == made.account);
    CHECK(again.name == "Robin");
    CHECK(again.since == made.since);
    CHECK(again.changes == made.changes);
    CHECK(!scene.enroll("Batman", "password", invitation, RegisterPolicy::invite).refusal);

    const CallKey change{7, 41, 150};
    CHECK(!scene.change(made.account, "password", "new password", change).refusal);
    CHECK(!scene.change(made.account, "password", "new password", change).refusal);
    CHECK(scene.change(made.account, "password", "new password", {{8, 41, 150}}).refusal == ErrorCode::wrong_secret);

    const CallKey failure{7, 41, 200};
    CHECK(scene.login("Robin", "passworf", failure).refusal == ErrorCode::wrong_secret);
    CHECK(scene.login("Robin", "passworf", failure).refusal == ErrorCode::wrong_secret);
    const CallKey success{7, 41, 250};
    CHECK(scene.login("Robin", "new password", success).failed == 2);
    CHECK(scene.login("Robin", "new password", success).failed == 2);
}

TEST_CASE("accounts: the table of answers is bounded and keeps the latest", "[auth]") {
    Scene scene;
    REQUIRE(!scene.enroll("Robin", "password").refusal);
    const std::string file = scene.directory.file("auth.db");
    AuthDatabase database(scene.directory.path());
    Outcomes outcomes(database);
    AuthDatabase::Change change(database);
    for (std::uint64_t i = 1; i <= Outcomes::most + 10; ++i)
        outcomes.remember(CallKey{1, i, 1}, AuthAnswer{.account = i, .name = "Robin"});
    change.commit();
    CHECK(database.number("SELECT count(*) FROM outcome") == static_cast<std::int64_t>(Outcomes::most));
    CHECK(!outcomes.find(CallKey{1, 10, 1}));
    CHECK(outcomes.find(CallKey{1, Outcomes::most + 10, 1})->account == Outcomes::most + 10);
}

TEST_CASE("accounts: after five wrong secrets an address has to wait, and others do not", "[auth]") {
    Scene scene;
    REQUIRE(!scene.enroll("Robin", "password").refusal);
    for (int i = 0; i < 5; ++i) CHECK(scene.login("Robin", "passworf").refusal == ErrorCode::wrong_secret);
    CHECK(scene.login("Robin", "password").refusal == ErrorCode::too_fast);
    scene.open_again();
    CHECK(scene.login("Robin", "password").refusal == ErrorCode::too_fast);
    scene.address = "192.0.2.8";
    CHECK(!scene.login("Robin", "password").refusal);
}

TEST_CASE("accounts: the file has no secret and no token in it", "[auth]") {
    Scene scene;
    REQUIRE(!scene.enroll("Robin", "correct-horse").refusal);
    const std::string token = token_of(scene.operate(AuthMethod::invite));
    scene.accounts.reset();
    for (const char* name : {"auth.db", "auth.db-wal"}) {
        std::ifstream file(scene.directory.file(name), std::ios::binary);
        const std::string bytes((std::istreambuf_iterator<char>(file)), std::istreambuf_iterator<char>());
        CHECK(bytes.find("correct-horse") == std::string::npos);
        CHECK(bytes.find(token) == std::string::npos);
    }
}

TEST_CASE("accounts: names come in pages, with a count of their changes", "[auth]") {
    Scene scene;
    const std::uint64_t before = scene.operate(AuthMethod::names).changes;
    for (int i = 0; i < 201; ++i) {
        const std::string number = std::to_string(1000 + i);
        REQUIRE(!scene.operate(AuthMethod::add, "n" + number).refusal);
    }
    const AuthAnswer first = scene.operate(AuthMethod::names);
    CHECK(first.changes == before + 201);
    CHECK(first.rows.size() == 200);
    CHECK(first.more);
    CHECK(first.rows.front().name == "n1000");
    const AuthAnswer rest = scene.perform({.method = AuthMethod::names, .after = first.rows.back().name});
    CHECK(rest.rows.size() == 1);
    CHECK(!rest.more);
    CHECK(!rest.rows.front().has_secret);
}

TEST_CASE("accounts: nothing is done for a call that comes too late", "[auth]") {
    Scene scene;
    const CallKey key{1, 2, 3};
    AuthRequest request{.method = AuthMethod::register_name,
                        .key = key,
                        .address = "192.0.2.7",
                        .name = "Robin",
                        .secret = Secret("long enough"),
                        .policy = RegisterPolicy::open,
                        .least = 8,
                        .deadline = 1};
    CHECK(scene.perform(request).refusal == ErrorCode::busy);
    CHECK(scene.login("Robin", "long enough").refusal == ErrorCode::no_such_account);
    request.deadline = steady_clock() + 60'000'000;
    CHECK_FALSE(scene.perform(request).refusal);
    // A repetition is answered, however late.
    request.deadline = 1;
    CHECK_FALSE(scene.perform(request).refusal);
}

TEST_CASE("accounts: a repeated call of an operator has the same answer", "[auth]") {
    Scene scene;
    AuthRequest add{.method = AuthMethod::add, .key = CallKey{9, 0, 1}, .name = "Robin", .token = Secret("proposed")};
    for (int i = 0; i < 2; ++i) {
        const AuthAnswer answer = scene.perform(add);
        REQUIRE_FALSE(answer.refusal);
        CHECK(answer.token.view() == "proposed");
        CHECK(answer.account == 1);
    }
    CHECK_FALSE(scene.enroll({}, "long enough", "proposed", RegisterPolicy::off).refusal);

    AuthRequest remove{.method = AuthMethod::remove, .key = CallKey{9, 0, 2}, .name = "Robin"};
    for (int i = 0; i < 2; ++i) {
        const AuthAnswer answer = scene.perform(remove);
        CHECK_FALSE(answer.refusal);
        CHECK(answer.name == "Robin");
    }
    remove.key = CallKey{9, 0, 3};
    CHECK(scene.perform(remove).refusal == ErrorCode::no_such_account);
}

TEST_CASE("accounts: an address registers so many names without a token", "[auth]") {
    Scene scene;
    scene.names_at_once = 2;
    for (const char* name : {"Robin", "Batman"}) REQUIRE(!scene.enroll(name, "correct horse").refusal);
    CHECK(scene.enroll("Joker", "correct horse").refusal == ErrorCode::too_fast);
    CHECK(scene.enroll("Robin", "correct horse").refusal == ErrorCode::name_taken);
    const AuthAnswer invitation = scene.operate(AuthMethod::invite);
    CHECK(!scene.enroll("Penguin", "correct horse", token_of(invitation)).refusal);
    scene.address = "192.0.2.8";
    CHECK(!scene.enroll("Joker", "correct horse").refusal);
    scene.address = "192.0.2.7";
    scene.names_at_once = 0;
    CHECK(!scene.enroll("Riddler", "correct horse").refusal);
}

}  // namespace auth_accounts_test
