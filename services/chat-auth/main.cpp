// chat-auth checks passwords and tokens and owns the database of accounts. Started by chat-auth.socket when the
// acceptor first asks, it ends when nobody has asked for a while.
#include "chat-auth/auth_journal.h"
#include "chat-auth/auth_socket.h"
#include "chat-auth/verifier.h"
#include "chat-auth/worker.h"
#include "shared/system/daemon.h"
#include "shared/system/event_loop.h"
#include "shared/system/inherited_sockets.h"
#include "shared/system/journal.h"
#include "shared/text/options.h"

#include <signal.h>
#include <sys/socket.h>
#include <sys/stat.h>

#include <chrono>
#include <cstdlib>
#include <exception>
#include <string>
#include <utility>
#include <vector>

namespace chat {
namespace {

constexpr std::chrono::seconds idle_interval{1};
constexpr std::uint64_t usual_idle = 60;  // seconds

struct AuthOptions {
    std::string state_directory;
    std::uint64_t cost = usual_cost;
    std::uint64_t idle = usual_idle;
};

void listen_on(AuthSocket& socket, std::vector<InheritedSocket> inherited) {
    bool is_reachable = false;
    for (InheritedSocket& one : inherited) {
        if (one.domain != AF_UNIX || one.type != SOCK_STREAM || !one.listening) continue;
        const bool is_for_people = one.name == "login";
        is_reachable = is_reachable || !is_for_people;
        socket.listen_on(is_for_people ? AuthSocket::Door::people : AuthSocket::Door::acceptor, std::move(one.fd));
    }
    if (!is_reachable) throw SetupError("no listening socket was handed over: start chat-auth.socket instead");
}

class AuthService {
  public:
    explicit AuthService(const AuthOptions& options)
        : idle_(static_cast<Microseconds>(options.idle) * 1'000'000),
          signals_(loop_.on_signals({SIGTERM, SIGINT, SIGUSR2, SIGHUP},
                                    [this](int signal) {
                                        if (signal != SIGHUP) loop_.stop();
                                    })),
          worker_(options.state_directory, options.cost),
          socket_(loop_, worker_, [this](const AuthWorker::Done& done) {
              if (journal_.note(done.request, done.answer, done.trouble)) notify_status(journal_.status());
          }) {}

    void run() {
        listen_on(socket_, take_inherited_sockets());
        ending_ = loop_.every(idle_interval, [this] {
            journal_.tick();
            if (socket_.is_idle() && steady_clock() - socket_.active_at() >= idle_) loop_.stop();
        });
        loop_.serve_watchdog();
        notify_ready("ready");
        loop_.run();
        notify_stopping();
    }

  private:
    Microseconds idle_;
    EventLoop loop_;
    EventLoop::Registration signals_;  // before the worker's thread, which inherits the blocked signals
    AuthJournal journal_;
    AuthWorker worker_;
    AuthSocket socket_;
    EventLoop::Registration ending_;
};

int run(int argc, char** argv) {
    const JournalSession session("chat-auth");
    AuthOptions options;
    const char* given = std::getenv("STATE_DIRECTORY");
    options.state_directory = given != nullptr ? given : "/var/lib/chat-auth";
    ProgramOptions arguments("chat-auth", "Checks the passwords of the chat server; started by systemd.");
    arguments.version("--version", CHAT_VERSION, "Display program version information and exit");
    arguments.add("--state", options.state_directory, "Directory of the database").with_default();
    arguments.add("--cost", options.cost, "Cost of new password hashes, see crypt(5)")
        .with_default()
        .between(1, 11, true);
    arguments.add("--idle", options.idle, "Seconds without a call after which the program ends").with_default();
    return run_to_end([&] {
        if (const auto end = arguments.parse(argc, argv)) return *end;
        ::umask(0077);
        keep_memory_private();
        AuthService(options).run();
        return 0;
    });
}

}  // namespace
}  // namespace chat

int main(int argc, char** argv) {
    return chat::run(argc, argv);
}
