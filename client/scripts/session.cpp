// A session with the server for subcommands: see session.h.
#include "client/scripts/session.h"

#include "client/net/deadline.h"
#include "client/net/login_ticket.h"
#include "client/scripts/session_start.h"
#include "client/talk/credentials.h"
#include "client/talk/entry.h"
#include "client/talk/requests.h"

#include <poll.h>
#include <signal.h>

#include <algorithm>
#include <array>
#include <thread>
#include <utility>

namespace chat {

namespace {

using std::chrono::milliseconds;

// Lines that are not answers are kept while waiting for one; beyond this number the oldest are dropped.
constexpr std::size_t max_others = 10'000;

// A server of an earlier version does not know /quiet, and one that took a second to read it refuses.
bool is_refusal_of_quiet(const ServerLine& line) {
    return line.kind == "error" && !line.field("tag") &&
           (line.value("code") == "unknown-command" || line.value("code") == "forbidden");
}

bool is_row(const ServerLine& line) {
    constexpr std::array<std::string_view, 7> kinds = {"client", "room", "group", "help", "history", "unread", "kept"};
    return std::find(kinds.begin(), kinds.end(), line.kind) != kinds.end();
}

}  // namespace

Refused::Refused(const ServerLine& line)
    : std::runtime_error(line.text.value_or("the server refused it: " + std::string(line.value("code")))),
      code(line.value("code")) {}

Session::Session(const ServerAddress& server, const SessionLogin& login, Manner manner)
    : manner_(manner), server_(server), connection_(connect_for_session(signals_, server_)) {
    ServerLine welcome = must_read(Clock::now() + timeout);
    if (welcome.kind == "refused" && welcome.value("code") == "banned") welcome.text = ban_in_words(welcome);
    if (welcome.kind == "refused" || welcome.kind == "error") throw Refused(welcome);
    if (welcome.kind != "welcome") throw NoServer("the server at " + server.written() + " is not a chat server");
    id_ = welcome.value("id");
    if (manner == Manner::quiet) connection_.send("/quiet");
    if (login.name) log_in(*login.name, login);
}

void Session::log_in(const std::string& name, const SessionLogin& login) {
    constexpr int most_attempts = 3;
    std::optional<std::string> secret = login.secret;
    bool is_ticket = false;
    for (int attempts = 0;;) {
        try {
            (void)ask(Credentials{*secret}.login(name));
            return;
        } catch (const Refused& refused) {
            const bool is_needed = refused.code == "password-required" || refused.code == "wrong-secret";
            if (!is_needed && !is_ticket) throw;
            const bool is_first = secret->empty();
            secret = is_first ? login_ticket(login.login_socket, name, connection_.fd()) : std::nullopt;
            is_ticket = secret.has_value();
            if (!secret && ++attempts <= most_attempts) secret = ask_password_on_terminal(signals_, name);
            if (!secret) throw;
        }
    }
}

void Session::wait(milliseconds longest, const std::vector<pollfd>& others) {
    std::vector<pollfd> waiting{{signals_.fd(), POLLIN, 0}, {connection_.fd(), connection_.events(), 0}};
    waiting.insert(waiting.end(), others.begin(), others.end());
    const int ready = ::poll(waiting.data(), waiting.size(), static_cast<int>(longest.count()));
    if (ready > 0 && waiting[1].revents != 0) connection_.work();
    while (const auto signal = signals_.next()) {
        if (*signal == SIGTSTP) {
            stop_process(SIGTSTP);
        } else if (*signal == SIGINT || *signal == SIGTERM || *signal == SIGHUP || *signal == SIGQUIT) {
            connection_.send("/quit killed");
            throw Interrupted{*signal};
        }
    }
}

std::optional<ServerLine> Session::received() {
    while (const auto line = connection_.next_line()) {
        auto parsed = line->too_long ? std::nullopt : parse_server_line(line->text);
        if (!parsed && id_.empty()) throw NoServer("the server at " + server_.written() + " is not a chat server");
        if (parsed && !(manner_ == Manner::quiet && is_refusal_of_quiet(*parsed))) return parsed;
    }
    if (id_.empty() && !connection_.may_be_chat())
        throw NoServer("the server at " + server_.written() + " is not a chat server");
    if (connection_.closed()) throw NoServer("the server closed the connection");
    return std::nullopt;
}

ServerLine Session::must_read(Clock::time_point deadline) {
    for (;;) {
        if (auto line = received()) return *std::move(line);
        const int left = milliseconds_until(deadline);
        if (left == 0) throw NoServer("the server does not answer");
        wait(milliseconds(left), {});
    }
}

std::vector<ServerLine> Session::ask(std::string_view command) {
    if (command.find_first_of("\r\n") != std::string_view::npos)
        throw std::invalid_argument("a name or a text cannot contain a line end");
    const std::string tag = "c" + std::to_string(++number_);
    connection_.send(tagged(tag, command));
    const auto deadline = Clock::now() + timeout;
    std::vector<ServerLine> answer;
    for (;;) {
        ServerLine line = must_read(deadline);
        if (line.value("tag") != tag) {
            if (others_.size() == max_others) others_.pop_front();
            others_.push_back(std::move(line));
            continue;
        }
        if (line.kind == "error") throw Refused(line);
        answer.push_back(std::move(line));
        if (!is_row(answer.back())) return answer;
    }
}

std::optional<ServerLine> Session::next_kept() {
    if (others_.empty()) return std::nullopt;
    ServerLine line = std::move(others_.front());
    others_.pop_front();
    return line;
}

std::optional<ServerLine> Session::next(milliseconds longest, const std::vector<pollfd>& others) {
    if (auto line = next_kept()) return line;
    if (auto line = received()) return line;
    wait(longest, others);
    return received();
}

void Session::send(std::string_view line) {
    connection_.send(line);
}

std::vector<ServerLine> Session::leave(std::string_view quit) {
    connection_.send(quit);
    const auto deadline = Clock::now() + timeout;
    std::vector<ServerLine> last(std::make_move_iterator(others_.begin()), std::make_move_iterator(others_.end()));
    others_.clear();
    for (;;) {
        last.push_back(must_read(deadline));
        if (last.back().kind == "bye") return last;
        if (!is_quit_too_fast(last.back())) continue;
        last.pop_back();
        std::this_thread::sleep_for(pause_when_too_fast);
        connection_.send(quit);
    }
}

}  // namespace chat
