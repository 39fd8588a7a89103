// The load generator: connects clients to a server, prints `ready`, does one run for each line on its input and prints
// one JSON object for it; exits at the end of input. Its own CPU time does not count as the server's.
#include "crowd.h"

#include <sys/resource.h>

#include <CLI/CLI.hpp>
#include <algorithm>
#include <cstdio>
#include <iostream>

namespace chat::benchmark {
namespace {

double percentile(const std::vector<double>& sorted, double share) {
    if (sorted.empty()) return 0;
    return sorted[static_cast<std::size_t>(share * static_cast<double>(sorted.size() - 1))];
}

void print(Crowd::Outcome outcome) {
    std::sort(outcome.one_way.begin(), outcome.one_way.end());
    constexpr double micro = 1e6;
    std::printf(R"({"delivered": %llu, "lost": %lld, "seconds": %.6f, "p50": %.1f, "p99": %.1f, "p999": %.1f})"
                "\n",
                static_cast<unsigned long long>(outcome.delivered), static_cast<long long>(outcome.lost),
                outcome.time.count(), percentile(outcome.one_way, 0.5) * micro,
                percentile(outcome.one_way, 0.99) * micro, percentile(outcome.one_way, 0.999) * micro);
    (void)std::fflush(stdout);
}

void allow_many_descriptors() {
    rlimit limit{};
    if (::getrlimit(RLIMIT_NOFILE, &limit) != 0) return;
    limit.rlim_cur = limit.rlim_max;
    (void)::setrlimit(RLIMIT_NOFILE, &limit);
}

int run(int argc, char** argv) {
    std::string dialect_name = "chat", work = "pairs";
    Crowd::Server server{"127.0.0.1", 5000};
    int clients = 2, window = 20, size = 64, at_once = 64;
    std::uint64_t messages = 1000;
    CLI::App app("Puts a load on a chat server or one of its peers.");
    app.add_option("--dialect", dialect_name, "chat, irc, redis, nats, mqtt or bare");
    app.add_option("--host", server.host, "IPv4 address");
    app.add_option("--port", server.port, "TCP port");
    app.add_flag("--tls", server.tls, "over TLS, whoever answers");
    app.add_option("--work", work, "pairs, room, ping-pong or idle");
    app.add_option("--clients", clients, "connections");
    app.add_option("--window", window, "messages on their way, of each sender");
    app.add_option("--messages", messages, "messages of each sender, or rounds of ping-pong");
    app.add_option("--size", size, "bytes of a text");
    app.add_option("--at-once", at_once, "logins on their way");
    CLI11_PARSE(app, argc, argv);

    const auto dialect = make_dialect(dialect_name, work == "room");
    if (!dialect) throw std::runtime_error("there is no dialect " + dialect_name);
    allow_many_descriptors();
    Crowd crowd(*dialect, server, clients, at_once);
    std::printf("ready %.6f\n", crowd.login_time().count());
    (void)std::fflush(stdout);
    const std::string text(static_cast<std::size_t>(size), 'x');
    for (std::string line; std::getline(std::cin, line);) {
        if (work == "pairs")
            print(crowd.pairs(messages, window, text));
        else if (work == "room")
            print(crowd.room(messages, window, text));
        else if (work == "ping-pong")
            print(crowd.ping_pong(messages, text));
        else
            print({});
    }
    return 0;
}

}  // namespace
}  // namespace chat::benchmark

int main(int argc, char** argv) {
    try {
        return chat::benchmark::run(argc, argv);
    } catch (const std::exception& error) {
        std::cerr << "load: " << error.what() << '\n';
        return 1;
    }
}
