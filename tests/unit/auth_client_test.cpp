// The acceptor's way to chat-auth: which call goes first, and what answers say about the names.
#include "chat-acceptor/questions/auth_client.h"

#include "shared/system/varlink.h"
#include "tests/support/catch.h"
#include "tests/unit/scratch.h"

#include <sys/socket.h>
#include <sys/un.h>

#include <cstring>
#include <functional>
#include <future>
#include <map>
#include <mutex>
#include <optional>
#include <stdexcept>
#include <string>
#include <thread>
#include <type_traits>
#include <vector>

namespace auth_client_test {

using namespace chat;

namespace {

// A chat-auth whose answers the test gives. The client's loop has a thread of its own; everything that the test does
// with either of them is done there, meanwhile the test waits.
struct Scene {
    Scene() {
        sockaddr_un address{};
        address.sun_family = AF_UNIX;
        const std::string path = directory.file("auth.sock");
        std::memcpy(address.sun_path, path.c_str(), path.size() + 1);
        listener = UniqueFd(::socket(AF_UNIX, SOCK_STREAM | SOCK_NONBLOCK | SOCK_CLOEXEC, 0));
        test::require_system(::bind(listener.get(), reinterpret_cast<const sockaddr*>(&address), sizeof address) == 0,
                             "binding");
        test::require_system(::listen(listener.get(), 16) == 0, "listening");
        client.emplace(loop, path);
        client->on_names_changed = [this] { ++checks; };
        ticking = loop.every(std::chrono::milliseconds(1), [this] { run_tasks(); });
        thread = std::thread([this] { loop.run(); });
    }
    ~Scene() {
        on_loop([this] { loop.stop(); });
        thread.join();
    }

    template <typename Work>
    std::invoke_result_t<Work> on_loop(Work work) {
        std::packaged_task<decltype(work())()> task(std::move(work));
        auto result = task.get_future();
        {
            const std::lock_guard lock(mutex);
            tasks.emplace_back([&task] { task(); });
        }
        return result.get();
    }
    void run_tasks() {
        std::vector<std::function<void()>> now;
        {
            const std::lock_guard lock(mutex);
            now.swap(tasks);
        }
        for (const auto& task : now) task();
    }
    template <typename Condition>
    bool until(Condition condition) {
        return test::eventually([&] {
            return on_loop([&] {
                receive();
                return condition();
            });
        });
    }
    void receive() {
        for (UniqueFd fd; (fd = UniqueFd(::accept4(listener.get(), nullptr, nullptr, SOCK_NONBLOCK)));)
            peers.push_back(std::move(fd));
        for (std::size_t i = 0; i < peers.size(); ++i) {
            std::string bytes(65'536, '\0');
            const ssize_t size = peers[i] ? ::recv(peers[i].get(), bytes.data(), bytes.size(), MSG_DONTWAIT) : -1;
            if (size <= 0) continue;
            const auto call = varlink::parse_call(std::string_view(bytes).substr(0, bytes.find('\0')));
            if (!call) throw std::runtime_error("not a call");
            asked[call->method.substr(call->method.rfind('.') + 1)].push_back({i, call->parameters});
        }
    }
    void answer(const std::string& method, Json parameters) { reply(method, {std::move(parameters), {}, false}); }
    void refuse(const std::string& method) { reply(method, {Json::object(), "org.chat.Auth.Failed", false}); }
    void reply(const std::string& method, const varlink::Reply& with) {
        const std::string reply = varlink::encode(with);
        on_loop([&] {
            const UniqueFd& peer = peers[asked[method].at(0).peer];
            asked[method].erase(asked[method].begin());
            test::require_system(::send(peer.get(), reply.data(), reply.size(), MSG_NOSIGNAL) > 0, "answering");
        });
    }
    void drop(const std::string& method) {
        on_loop([&] {
            peers[asked[method].at(0).peer].reset();
            asked[method].erase(asked[method].begin());
        });
    }
    void call(const AuthClient::Call& call) {
        on_loop([&] { client->call(call, [this](const Json* reply) { answers.push_back(reply != nullptr); }); });
    }
    void load() {
        on_loop([&] { client->when_loaded([](bool) {}); });
        REQUIRE(until([&] { return count("Names") == 1; }));
    }
    // For conditions of until().
    std::size_t count(const std::string& method) { return asked[method].size(); }
    bool are_loaded() { return client->names().are_loaded; }

    bool knows(const std::string& name) {
        return on_loop([&] { return client->names().find(name).has_value(); });
    }

    struct Asked {
        std::size_t peer;
        Json parameters;
    };
    test::TemporaryDirectory directory;
    EventLoop loop;
    UniqueFd listener;
    std::vector<UniqueFd> peers;
    std::map<std::string, std::vector<Asked>> asked;
    std::vector<bool> answers;
    int checks = 0;
    std::optional<AuthClient> client;
    std::mutex mutex;
    std::vector<std::function<void()>> tasks;
    EventLoop::Registration ticking;
    std::thread thread;
};

Json names(std::uint64_t changes, std::vector<std::string> of) {
    std::vector<Json> rows;
    for (std::size_t i = 0; i < of.size(); ++i)
        rows.push_back({{"name", of[i]}, {"account", static_cast<std::uint64_t>(i + 1)}, {"disabled", false}});
    return {{"outcome", "ok"}, {"changes", changes}, {"rows", Json::array(std::move(rows))}, {"more", false}};
}

}  // namespace

TEST_CASE("auth client: slow calls leave a connection to the others, which overtake them", "[auth_client]") {
    Scene scene;
    for (int i = 0; i < 6; ++i) scene.call({.method = "Login", .slow = true});
    REQUIRE(scene.until([&] { return scene.count("Login") == 3; }));
    for (int i = 0; i < 2; ++i) scene.call({.method = "Add"});
    REQUIRE(scene.until([&] { return scene.count("Add") == 1; }));
    scene.answer("Login", {{"outcome", "wrong-secret"}, {"changes", 1}});
    REQUIRE(scene.until([&] { return scene.count("Add") == 2; }));
    CHECK(scene.on_loop([&] { return scene.count("Login"); }) == 2);
}

TEST_CASE("auth client: an answer makes it load the names if it has not done so", "[auth_client]") {
    Scene scene;
    scene.call({.method = "Login", .slow = true});
    REQUIRE(scene.until([&] { return scene.count("Login") == 1; }));
    scene.answer("Login", {{"outcome", "ok"}, {"changes", 2}, {"name", "Robin"}, {"account", 1}});
    REQUIRE(scene.until([&] { return scene.count("Names") == 1; }));
    scene.answer("Names", names(2, {"Robin"}));
    REQUIRE(scene.until([&] { return scene.checks == 1; }));
    CHECK(scene.on_loop([&] { return scene.are_loaded(); }));
    CHECK(scene.knows("robin"));
}

TEST_CASE("auth client: an answer that is repeated after a deletion does not bring the name back", "[auth_client]") {
    Scene scene;
    scene.load();
    scene.answer("Names", names(5, {"Robin"}));
    REQUIRE(scene.until([&] { return scene.are_loaded(); }));
    scene.call({.method = "Delete", .name_ends = true});
    scene.call({.method = "Register", .names_change = true, .slow = true});
    REQUIRE(scene.until([&] { return scene.count("Delete") == 1 && scene.count("Register") == 1; }));
    scene.answer("Delete", {{"outcome", "ok"}, {"changes", 6}, {"name", "Robin"}, {"account", 1}});
    REQUIRE(scene.until([&] { return scene.answers.size() == 1; }));
    CHECK_FALSE(scene.knows("Robin"));
    scene.answer("Register", {{"outcome", "ok"}, {"changes", 6}, {"name", "Robin"}, {"account", 1}});
    REQUIRE(scene.until([&] { return scene.answers.size() == 2; }));
    CHECK_FALSE(scene.knows("Robin"));
}

TEST_CASE("auth client: what an unexplained change leaves of the names is not used", "[auth_client]") {
    Scene scene;
    scene.load();
    scene.answer("Names", names(5, {"Robin"}));
    REQUIRE(scene.until([&] { return scene.are_loaded(); }));
    scene.call({.method = "Register", .names_change = true, .slow = true});
    REQUIRE(scene.until([&] { return scene.count("Register") == 1; }));
    scene.answer("Register", {{"outcome", "ok"}, {"changes", 8}, {"name", "Jo"}, {"account", 2}});
    REQUIRE(scene.until([&] { return scene.count("Names") == 1; }));
    CHECK_FALSE(scene.on_loop([&] { return scene.are_loaded(); }));
    scene.answer("Names", names(8, {"Jim", "Jo"}));
    REQUIRE(scene.until([&] { return scene.are_loaded(); }));
    CHECK_FALSE(scene.knows("Robin"));
    CHECK(scene.knows("Jo"));
}

TEST_CASE("auth client: names that cannot be loaded are asked for again although nobody waits for them",
          "[auth_client]") {
    Scene scene;
    scene.on_loop([&] { scene.client->keep_loading(); });
    for (int i = 0; i < 2; ++i) {
        REQUIRE(scene.until([&] { return scene.count("Names") == 1; }));
        scene.refuse("Names");
    }
    REQUIRE(scene.until([&] { return scene.count("Names") == 1; }));
    scene.answer("Names", names(5, {"Robin"}));
    REQUIRE(scene.until([&] { return scene.are_loaded(); }));
    CHECK(scene.on_loop([&] { return scene.checks; }) == 1);
}

TEST_CASE("auth client: the names of a database that was restored are taken", "[auth_client]") {
    Scene scene;
    scene.load();
    scene.answer("Names", names(9, {"Robin", "Later"}));
    REQUIRE(scene.until([&] { return scene.are_loaded(); }));
    scene.call({.method = "Login", .slow = true});
    REQUIRE(scene.until([&] { return scene.count("Login") == 1; }));
    scene.answer("Login", {{"outcome", "ok"}, {"changes", 9}, {"name", "Robin"}, {"account", 1}});
    REQUIRE(scene.until([&] { return scene.answers.size() == 1; }));
    // Now an older database takes its place.
    scene.call({.method = "Login", .slow = true});
    REQUIRE(scene.until([&] { return scene.count("Login") == 1; }));
    scene.answer("Login", {{"outcome", "ok"}, {"changes", 4}, {"name", "Robin"}, {"account", 1}});
    REQUIRE(scene.until([&] { return scene.count("Names") == 1; }));
    scene.answer("Names", names(4, {"Robin"}));
    REQUIRE(scene.until([&] { return scene.are_loaded(); }));
    CHECK_FALSE(scene.knows("Later"));
}

TEST_CASE("auth client: a call that may have been performed is sent again with the same key and deadline",
          "[auth_client]") {
    Scene scene;
    AuthClient::Call call{.method = "Add"};
    scene.on_loop([&] { scene.client->add_key(call.parameters); });
    scene.call(call);
    REQUIRE(scene.until([&] { return scene.count("Add") == 1; }));
    const Json first = scene.on_loop([&] { return scene.asked["Add"].front().parameters; });
    CHECK(first["deadline"].natural() > static_cast<std::uint64_t>(steady_clock()));
    scene.drop("Add");
    REQUIRE(scene.until([&] { return scene.count("Add") == 1; }));
    CHECK(scene.on_loop([&] { return scene.asked["Add"].front().parameters.dump(); }) == first.dump());
    AuthClient::Call other{.method = "Add"};
    scene.on_loop([&] { scene.client->add_key(other.parameters); });
    CHECK(other.parameters["position"].natural() != first["position"].natural());
}

TEST_CASE("auth client: what may have been performed before is not said to have failed", "[auth_client]") {
    Scene scene;
    for (int i = 0; i < 3; ++i) scene.call({.method = "Login", .slow = true});
    REQUIRE(scene.until([&] { return scene.count("Login") == 3; }));
    scene.call({.method = "ChangePassword", .slow = true});
    scene.call({.method = "Register", .slow = true, .again = true});
    REQUIRE(scene.until([&] { return scene.answers.size() == 1; }));  // the fourth was never sent
    scene.answer("Login", {{"outcome", "wrong-secret"}, {"changes", 1}});
    REQUIRE(scene.until([&] { return scene.count("Register") == 1; }));
    scene.refuse("Register");
    REQUIRE(scene.until([&] { return scene.count("Register") == 1; }));
    scene.answer("Register", {{"outcome", "ok"}, {"changes", 1}, {"name", "Robin"}, {"account", 1}});
    REQUIRE(scene.until([&] { return scene.answers.size() == 3; }));
    CHECK(scene.answers == std::vector<bool>{false, true, true});

    SECTION("neither is a call that was sent to a process that died") {
        scene.call({.method = "ChangePassword"});
        REQUIRE(scene.until([&] { return scene.count("ChangePassword") == 1; }));
        scene.drop("ChangePassword");
        REQUIRE(scene.until([&] { return scene.count("ChangePassword") == 1; }));
        scene.refuse("ChangePassword");
        REQUIRE(scene.until([&] { return scene.count("ChangePassword") == 1; }));
        scene.answer("ChangePassword", {{"outcome", "ok"}, {"changes", 1}});
        REQUIRE(scene.until([&] { return scene.answers.size() == 4; }));
        CHECK(scene.answers.back());
    }
}

}  // namespace auth_client_test
