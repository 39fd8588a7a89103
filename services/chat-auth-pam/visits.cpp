// Accepting and forking; and what the child does.
#include "chat-auth-pam/visits.h"

#include "shared/system/journal.h"

#include <signal.h>
#include <sys/epoll.h>
#include <sys/prctl.h>
#include <sys/socket.h>
#include <sys/wait.h>
#include <unistd.h>

#include <algorithm>
#include <array>
#include <cerrno>
#include <chrono>
#include <exception>
#include <optional>
#include <string>
#include <system_error>
#include <thread>
#include <utility>

namespace chat {
namespace {

constexpr std::chrono::milliseconds check_interval{500};

// Up to the end of the line or of the stream.
Secret read_line(int connection) {
    Secret line;
    while (line.size() <= most_question && line.view().find('\n') == std::string_view::npos) {
        std::array<char, 4096> bytes;
        const ssize_t size = ::recv(connection, bytes.data(), bytes.size(), 0);
        if (size < 0 && errno == EINTR) continue;
        if (size <= 0) break;
        line.append({bytes.data(), static_cast<std::size_t>(size)});
        wipe(bytes.data(), static_cast<std::size_t>(size));
    }
    return line;
}

void answer(int connection, const std::string& text) {
    std::string_view rest = text;
    while (!rest.empty()) {
        const ssize_t size = ::send(connection, rest.data(), rest.size(), MSG_NOSIGNAL);
        if (size < 0 && errno == EINTR) continue;
        if (size <= 0) return;
        rest.remove_prefix(static_cast<std::size_t>(size));
    }
}

void wait_for_step(Microseconds since) {
    const Microseconds used = (steady_clock() - since) % Visits::refusal_step;
    std::this_thread::sleep_for(std::chrono::microseconds(Visits::refusal_step - used));
}

std::string answer_to(const Question& question, const PamSetup& setup) {
    const PamVerdict verdict = ask_pam(question, setup);
    switch (verdict.outcome) {
        case PamVerdict::Outcome::accepted:
            return accepting_answer(verdict.text);
        case PamVerdict::Outcome::wrong:  // chat-auth and most modules have an entry in the journal for it
            return refusing_answer();
        case PamVerdict::Outcome::forbidden:
            journal(Priority::notice, "pam-refused",
                    "The password of " + question.name + " is right, but the user is refused: " + verdict.text,
                    {{"CHAT_ACCOUNT", question.name}, {"CHAT_PEER", question.address}});
            return refusing_answer();
        case PamVerdict::Outcome::unknown:
            break;
    }
    journal(Priority::warning, "pam-trouble", "PAM cannot check passwords: " + verdict.text);
    return failing_answer(verdict.text);
}

// Never returns: nothing of the parent's may run at its end, and memory is not freed again.
[[noreturn]] void become_visit(int connection, const PamSetup& setup, pid_t parent) {
    (void)::prctl(PR_SET_PDEATHSIG, SIGKILL);
    if (::getppid() != parent) ::_exit(1);
    sigset_t none;
    ::sigemptyset(&none);
    (void)::sigprocmask(SIG_SETMASK, &none, nullptr);  // a module waits for a program that it has started
    try {
        serve_visit(connection, setup);
    } catch (const std::exception& error) {
        journal(Priority::warning, "pam-trouble", std::string("PAM cannot check passwords: ") + error.what());
    }
    ::_exit(0);
}

}  // namespace

void serve_visit(int connection, const PamSetup& setup) {
    const Secret line = read_line(connection);
    const Microseconds since = steady_clock();
    const std::string_view text = line.view().substr(0, line.view().find('\n'));
    const auto question = read_question(text);
    const std::string said = question ? answer_to(*question, setup) : refusing_answer();
    if (said == refusing_answer()) wait_for_step(since);
    answer(connection, said);
}

Visits::Visits(EventLoop& loop, PamSetup setup, UniqueFd listener)
    : loop_(&loop),
      setup_(std::move(setup)),
      listener_(std::move(listener)),
      ending_(loop.every(check_interval, [this] { end_overdue(); })),
      active_at_(steady_clock()) {
    listen();
}

void Visits::listen() {
    listening_ = loop_->watch(listener_.get(), EPOLLIN, [this](std::uint32_t) { accept_one(); });
}

void Visits::accept_one() {
    const UniqueFd connection(::accept4(listener_.get(), nullptr, nullptr, SOCK_CLOEXEC));
    if (!connection) return;
    active_at_ = steady_clock();
    const pid_t parent = ::getpid();
    const pid_t child = ::fork();
    if (child == 0) become_visit(connection.get(), setup_, parent);
    if (child < 0) {
        journal(Priority::warning, "pam-trouble",
                "PAM cannot be asked: fork: " + std::generic_category().message(errno));
        return;
    }
    visits_.push_back({child, active_at_});
    if (visits_.size() >= most) listening_ = {};
}

void Visits::reap() {
    const bool was_full = visits_.size() >= most;
    std::erase_if(visits_, [](const Visit& visit) {
        int status = 0;
        if (::waitpid(visit.pid, &status, WNOHANG) != visit.pid) return false;
        if (WIFSIGNALED(status))
            journal(Priority::warning, "pam-trouble",
                    "PAM gave no answer: its process ended by signal " + std::to_string(WTERMSIG(status)));
        return true;
    });
    if (was_full && visits_.size() < most) listen();
}

void Visits::end_overdue() const {
    const Microseconds now = steady_clock();
    for (const Visit& visit : visits_)
        if (now - visit.began_at > longest) (void)::kill(visit.pid, SIGKILL);
}

}  // namespace chat
