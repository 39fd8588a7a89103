// Throttling of wrong secrets by address.
#include "chat-auth/throttle.h"
#include "tests/support/catch.h"
#include "tests/unit/scratch.h"

#include <string>

namespace auth_throttle_test {

using namespace chat;

namespace {

constexpr Microseconds second = 1'000'000;

struct Scene {
    void fail(const std::string& address, Microseconds now, int times = 1) {
        AuthDatabase::Change change(database);
        for (int i = 0; i < times; ++i) throttle.note_failure(address, now);
        change.commit();
    }

    test::TemporaryDirectory directory;
    AuthDatabase database{directory.path()};
    Throttle throttle{database};
};

}  // namespace

TEST_CASE("throttle: five failures are free, then pauses double up to five minutes", "[auth]") {
    Scene scene;
    scene.fail("192.0.2.7", 0, 4);
    CHECK(!scene.throttle.is_closed("192.0.2.7", 1));
    Microseconds now = second;
    for (const Microseconds pause : {10, 20, 40, 80, 160, 300, 300}) {
        scene.fail("192.0.2.7", now);
        CHECK(scene.throttle.is_closed("192.0.2.7", now + pause * second - 1));
        CHECK(!scene.throttle.is_closed("192.0.2.7", now + pause * second));
        now += pause * second;
    }
    CHECK(!scene.throttle.is_closed("192.0.2.8", 1));
}

TEST_CASE("throttle: ten minutes without a failure are forgiveness", "[auth]") {
    Scene scene;
    scene.fail("192.0.2.7", second, 5);
    const Microseconds later = second + Throttle::memory;
    scene.fail("192.0.2.7", later);
    CHECK(!scene.throttle.is_closed("192.0.2.7", later));
}

TEST_CASE("throttle: a clock that is set back does not close an address for long", "[auth]") {
    Scene scene;
    scene.fail("192.0.2.7", 1'000'000 * second, 5);
    CHECK(!scene.throttle.is_closed("192.0.2.7", second));
}

TEST_CASE("throttle: an IPv6 network counts as one address, an IPv4-mapped address as IPv4", "[auth]") {
    CHECK(throttled_address("192.0.2.7") == "192.0.2.7");
    CHECK(throttled_address("::ffff:192.0.2.7") == "192.0.2.7");
    CHECK(throttled_address("2001:db8:1:2:3:4:5:6") == "2001:db8:1:2::/64");
    CHECK(throttled_address("2001:db8:1:2::9") == "2001:db8:1:2::/64");
    CHECK(throttled_address("2001:db8:1:3::9") == "2001:db8:1:3::/64");
    CHECK(throttled_address("::1") == "::/64");
    CHECK(throttled_address("") == "");
}

TEST_CASE("throttle: some names are free, then there is one every ten seconds", "[auth]") {
    Scene scene;
    const auto note = [&](Microseconds now) {
        AuthDatabase::Change change(scene.database);
        scene.throttle.note_name("192.0.2.7", 3, now);
        change.commit();
    };
    for (int i = 0; i < 3; ++i) {
        CHECK(!scene.throttle.is_closed_to_names("192.0.2.7", second));
        note(second);
    }
    CHECK(scene.throttle.is_closed_to_names("192.0.2.7", second + Throttle::pause_of_names - 1));
    CHECK(!scene.throttle.is_closed_to_names("192.0.2.7", second + Throttle::pause_of_names));
    CHECK(!scene.throttle.is_closed_to_names("192.0.2.8", second));
    CHECK(!scene.throttle.is_closed("192.0.2.7", second));
    note(second + Throttle::memory);
    CHECK(!scene.throttle.is_closed_to_names("192.0.2.7", second + Throttle::memory));
}

TEST_CASE("throttle: the table of addresses is bounded", "[auth]") {
    Scene scene;
    {
        AuthDatabase::Change change(scene.database);
        for (std::int64_t i = 0; i < Throttle::most_addresses; ++i)
            scene.database.run("INSERT INTO throttle VALUES (?, 1, ?, 0)", "a" + std::to_string(i), second + i);
        change.commit();
    }
    scene.fail("192.0.2.7", 2 * second);
    CHECK(scene.database.number("SELECT count(*) FROM throttle") <= Throttle::most_addresses);
    CHECK(scene.database.number("SELECT failures FROM throttle WHERE address = '192.0.2.7'") == 1);
}

}  // namespace auth_throttle_test
