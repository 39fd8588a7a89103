// An acceptor without sockets that answers operators, with two clients: Batman and Robin.
#pragma once

#include "chat-acceptor/admin/admin_commands.h"
#include "tests/unit/publishing.h"
#include "tests/unit/scratch.h"

#include <functional>
#include <memory>
#include <optional>
#include <string>
#include <utility>

namespace chat::test {

inline constexpr std::uint32_t uid = 1000;

struct Operated {
    explicit Operated(const std::function<void(Publishing&)>& prepare = {}) {
        Publishing publishing(scratch.segment);
        publishing.connect({0, 1}, 10'001, "Batman");
        publishing.connect({1, 1}, 10'002, "Robin");
        if (prepare) prepare(publishing);
        DaemonOptions options;
        options.config.max_clients = 3;
        options.config.max_line = 512;
        options.config.origins["limits.max_clients"] = "--set";
        options.state_directory = directory.path();
        options.instance = scratch.instance.name();
        options.link_path = directory.file("link");
        acceptor = std::make_unique<Acceptor>(options, scratch.segment, loop);
        feed = std::make_unique<AdminFeed>(acceptor->sessions());
        acceptor->observe([this](const Record& record, bool again) { feed->add(record, again); });
        context = {acceptor.get(), feed.get(), {"tcp [::]:5000"}, wall_clock()};
    }

    std::optional<std::uint32_t> known_uid = uid;
    [[nodiscard]] AdminAnswer call(const std::string& method, Json parameters = Json::object(), bool more = false) {
        return run_admin_call(context, {method, std::move(parameters), more, false}, known_uid);
    }
    varlink::Reply ask(const std::string& method, Json parameters = Json::object()) {
        return call("org.chat.Admin." + method, std::move(parameters)).reply;
    }

    ScratchSegment scratch;
    TemporaryDirectory directory;
    EventLoop loop;
    std::unique_ptr<Acceptor> acceptor;
    std::unique_ptr<AdminFeed> feed;
    AdminContext context{};
};

}  // namespace chat::test
