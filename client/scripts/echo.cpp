// An echo over TCP and over UDP: see echo.h.
#include "client/scripts/echo.h"

#include "client/net/datagrams.h"
#include "client/process.h"
#include "client/scripts/session.h"
#include "shared/text/printable.h"

#include <chrono>
#include <cstdio>

namespace chat {

namespace {

constexpr int attempts = 3;
constexpr std::chrono::seconds attempt_timeout{2};

int echo_by_datagram(const ServerAddress& server, const std::string& text) {
    Datagrams datagrams(server);
    for (int attempt = 0; attempt < attempts; ++attempt) {
        const auto [outcome, answer] = datagrams.ask("ECHO " + text, attempt_timeout);
        if (outcome == DatagramOutcome::answered) {
            std::printf("%s\n", printable(answer).c_str());
            return exit_status::done;
        }
        if (outcome == DatagramOutcome::refused) {
            std::fprintf(stderr, "chat-client: no server answers at %s\n", server.written().c_str());
            return exit_status::trouble;
        }
    }
    std::fprintf(stderr, "chat-client: timeout: no answer from %s to %d datagrams\n", server.written().c_str(),
                 attempts);
    return exit_status::trouble;
}

}  // namespace

int run_echo(const ServerAddress& server, const EchoOptions& options) {
    if (options.datagram) return echo_by_datagram(server, options.text);
    Session session(server, {});
    for (const ServerLine& line : session.ask("/echo " + options.text)) {
        std::printf("%s\n", printable(line.text.value_or("")).c_str());
    }
    (void)session.leave();
    return exit_status::done;
}

}  // namespace chat
