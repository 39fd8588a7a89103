// Date and time by datagrams: see datetime.h.
#include "client/scripts/datetime.h"

#include "client/net/datagrams.h"
#include "client/process.h"
#include "shared/text/printable.h"

#include <array>
#include <cstdio>
#include <random>
#include <string_view>
#include <thread>

namespace chat {

namespace {

constexpr std::chrono::seconds timeout{2};

bool ask_and_print(Datagrams& datagrams, const ServerAddress& server, std::string_view question) {
    const auto [outcome, text] = datagrams.ask(question, timeout);
    switch (outcome) {
        case DatagramOutcome::answered:
            std::printf("%s\n", printable(text).c_str());
            return true;
        case DatagramOutcome::timeout:
            std::fprintf(stderr, "chat-client: timeout: no answer from %s within %lld s\n", server.written().c_str(),
                         static_cast<long long>(timeout.count()));
            return false;
        case DatagramOutcome::refused:
            break;
    }
    std::fprintf(stderr, "chat-client: no server answers at %s\n", server.written().c_str());
    return false;
}

}  // namespace

int run_datetime(const ServerAddress& server, const DatetimeOptions& options) {
    constexpr std::array<std::string_view, 2> questions = {"SEND_DATE", "SEND_TIME"};
    Datagrams datagrams(server);
    std::mt19937_64 random(std::random_device{}());
    std::uniform_int_distribution<std::chrono::milliseconds::rep> gap(options.least.count(), options.most.count());
    int status = exit_status::done;
    for (long round = 1;; ++round) {
        for (const std::string_view question : questions) {
            if (!ask_and_print(datagrams, server, question)) status = exit_status::trouble;
        }
        if (std::fflush(stdout) != 0) return exit_status::trouble;
        if (round == options.rounds) return status;
        std::this_thread::sleep_for(std::chrono::milliseconds(gap(random)));
    }
}

}  // namespace chat
