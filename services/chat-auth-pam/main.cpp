// chat-auth-pam checks passwords through PAM, for chat-auth with accounts.backend = "script". Started by
// chat-auth-pam.socket at the first question, it ends when nobody has asked for a while.
#include "chat-auth-pam/visits.h"
#include "shared/system/daemon.h"
#include "shared/system/event_loop.h"
#include "shared/system/inherited_sockets.h"
#include "shared/system/journal.h"
#include "shared/text/options.h"

#include <signal.h>
#include <sys/socket.h>
#include <sys/stat.h>

#include <chrono>
#include <exception>
#include <optional>
#include <string>
#include <utility>

namespace chat {
namespace {

constexpr std::chrono::seconds idle_interval{1};
constexpr std::uint64_t usual_idle = 60;  // seconds

UniqueFd take_listener() {
    for (InheritedSocket& one : take_inherited_sockets())
        if (one.domain == AF_UNIX && one.type == SOCK_STREAM && one.listening) return std::move(one.fd);
    throw SetupError("no listening socket was handed over: start chat-auth-pam.socket instead");
}

void serve(const PamSetup& setup, std::chrono::seconds idle) {
    EventLoop loop;
    std::optional<Visits> visits;
    const auto signals = loop.on_signals({SIGTERM, SIGINT, SIGUSR2, SIGHUP, SIGCHLD}, [&](int signal) {
        if (signal == SIGCHLD && visits)
            visits->reap();
        else if (signal != SIGCHLD && signal != SIGHUP)
            loop.stop();
    });
    visits.emplace(loop, setup, take_listener());
    const auto ending = loop.every(idle_interval, [&] {
        const Microseconds most = std::chrono::microseconds(idle).count();
        if (visits->is_idle() && steady_clock() - visits->active_at() >= most) loop.stop();
    });
    loop.serve_watchdog();
    notify_ready("ready");
    loop.run();
    notify_stopping();
}

int run(int argc, char** argv) {
    const JournalSession session("chat-auth-pam", JournalSession::Writer::caller);
    PamSetup setup;
    std::uint64_t idle = usual_idle;
    ProgramOptions arguments("chat-auth-pam", "Checks passwords of the chat server through PAM; started by systemd.");
    arguments.version("--version", CHAT_VERSION, "Display program version information and exit");
    arguments.add("--service", setup.service, "PAM service: the name of its file in /etc/pam.d").with_default();
    arguments.add("--directory", setup.directory, "Directory of PAM's configuration in place of /etc/pam.d");
    arguments.add("--idle", idle, "Seconds without a question after which the program ends").with_default();
    return run_to_end([&] {
        if (const auto end = arguments.parse(argc, argv)) return *end;
        ::umask(0077);
        keep_memory_private();
        serve(setup, std::chrono::seconds(idle));
        return 0;
    });
}

}  // namespace
}  // namespace chat

int main(int argc, char** argv) {
    return chat::run(argc, argv);
}
