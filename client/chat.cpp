// The chat itself: see chat.h.
#include "client/chat.h"

#include "client/name_prompt.h"
#include "shared/printable.h"
#include "shared/line.h"
#include "shared/text_rules.h"

#include <poll.h>

#include <algorithm>
#include <cstdio>
#include <ctime>
#include <utility>

namespace chat {

namespace {

using std::chrono::seconds;

// A server that is just being started, or restarted, answers within this.
constexpr seconds patience_for_answers{30};
constexpr seconds patience_for_goodbye{10};
// A signal wants the end; it must come well within Signals::last_seconds.
constexpr seconds patience_when_killed{2};

constexpr OwnCommand talk_to_command{"/to", "[ID|NAME|#ROOM|GID|all]", "says whom plain lines go to (the lobby)"};

bool is_quit(std::string_view line) {
    const std::string_view command = parse_client_line(line).command;
    return equal_ignoring_case(command, "/quit") || equal_ignoring_case(command, "/exit");
}

// Of two patiences for poll, where -1 is for ever.
int sooner(int left, int right) {
    if (left < 0) return right;
    return right < 0 ? left : std::min(left, right);
}

bool can_be_sent(std::string_view name) {
    return std::none_of(name.begin(), name.end(), [](char c) { return (c >= 0 && c < ' ') || c == '\x7F'; });
}

}  // namespace

Chat::Chat(Terminal& terminal, Signals& signals, const ServerAddress& server, Connection connection, Visitor visitor)
    : terminal_(terminal),
      signals_(signals),
      server_(server),
      connection_(std::move(connection)),
      visitor_(std::move(visitor)) {
    wait_at_most(Stage::welcome, patience_for_answers);
}

int Chat::run() {
    while (stage_ != Stage::over) {
        terminal_.refresh();
        if (terminal_.output_lost() && stage_ != Stage::leaving) {
            exit_status_ = 1;
            leave("/quit", patience_when_killed);
        }
        if (listens()) terminal_.prompt(stage_ == Stage::naming ? Terminal::History::forget : Terminal::History::keep);
        wait();
        take_server_lines();
        take_typed_lines();
        look_at_the_clock();
    }
    return exit_status_;
}

bool Chat::listens() const {
    return (stage_ == Stage::naming || stage_ == Stage::talking) && connection_.has_room() && requests_.has_room();
}

int Chat::milliseconds_left() const {
    if (stage_ == Stage::naming || stage_ == Stage::talking) return -1;
    const auto left = std::chrono::ceil<std::chrono::milliseconds>(deadline_ - Clock::now());
    return static_cast<int>(std::max<std::chrono::milliseconds::rep>(left.count(), 0));
}

void Chat::wait() {
    const int input = listens() ? terminal_.input_fd() : -1;
    const short server_events = connection_.all_sent() ? POLLIN : POLLIN | POLLOUT;
    std::vector<pollfd> waiting{{signals_.fd(), POLLIN, 0}, {connection_.fd(), server_events, 0}, {input, POLLIN, 0}};
    int patience = milliseconds_left();
    for (const auto& companion : companions_) {
        companion->wait_for(waiting);
        patience = sooner(patience, companion->patience());
    }
    if (::poll(waiting.data(), waiting.size(), patience) < 0) return take_signals();
    take_signals();
    for (const auto& companion : companions_) companion->work(*this);
    if ((waiting[1].revents & POLLOUT) != 0) connection_.send_waiting();
    if ((waiting[1].revents & ~POLLOUT) != 0) connection_.receive();
    if (waiting[2].revents == 0 || !listens()) return;
    const bool window_is_gone = terminal_.has_person() && (waiting[2].revents & (POLLHUP | POLLERR)) != 0;
    if (window_is_gone) return leave("/quit killed", patience_when_killed);
    terminal_.read();
}

void Chat::take_signals() {
    while (const auto signal = signals_.next()) {
        if (terminal_.handle_signal(*signal)) continue;
        if (stage_ == Stage::leaving || stage_ == Stage::over) return finish(exit_status_);
        leave("/quit killed", patience_when_killed);
    }
}

void Chat::take_server_lines() {
    while (stage_ != Stage::over) {
        const auto line = connection_.next_line();
        if (!line) break;
        if (line->too_long) {
            terminal_.show("A line from the server was too long to be shown.");
        } else if (const auto parsed = parse_server_line(line->text)) {
            heard(*parsed);
        } else if (!line->text.empty()) {
            terminal_.show(sentence(line->text));
        }
    }
    if (!connection_.closed() || stage_ == Stage::over) return;
    if (stage_ == Stage::leaving && connection_.all_sent()) return finish(exit_status_);
    finish(1, "chat-client: the server closed the connection");
}

void Chat::take_typed_lines() {
    while (listens()) {
        const auto line = terminal_.next_line();
        if (!line) break;
        if (stage_ == Stage::naming) {
            typed_name(*line);
        } else {
            typed(*line);
        }
    }
    if (!listens()) return;
    if (terminal_.at_end()) {
        // A script that never got in has not done what it was for.
        if (stage_ == Stage::naming && !terminal_.has_person()) exit_status_ = 1;
        leave("/quit", patience_for_goodbye);
    }
}

void Chat::look_at_the_clock() {
    if (milliseconds_left() != 0 || stage_ == Stage::over) return;
    if (connection_.sent() != sent_before_) return wait_at_most(stage_, patience_);
    if (stage_ != Stage::leaving) return finish(1, "chat-client: the server does not answer");
    if (patience_ == patience_when_killed) return finish(exit_status_);
    finish(1, "chat-client: the server said no goodbye; what was sent last may be lost");
}

void Chat::wait_at_most(Stage stage, Clock::duration patience) {
    stage_ = stage;
    patience_ = patience;
    deadline_ = Clock::now() + patience;
    sent_before_ = connection_.sent();
}

void Chat::heard(const ServerLine& line) {
    const bool about_us = !viewer_.id.empty() && line.value("id") == viewer_.id;
    if (line.kind == "renamed" && about_us) viewer_.name = line.value("name");

    const auto request = requests_.answered(line);
    for (const auto& companion : companions_) {
        if (companion->heard(*this, line)) return;
    }
    if (request && line.kind == "ok") return;

    if (stage_ == Stage::welcome) {
        heard_welcome(line);
    } else if (stage_ == Stage::login) {
        heard_at_login(line);
    } else if (stage_ == Stage::leaving && (line.kind == "bye" || (line.kind == "offline" && about_us))) {
        // Who leaves knows it.
    } else {
        say(line);
    }
    if (line.kind == "online" && about_us) own_arrival_shown_ = true;
    if (line.kind == "end" && line.value("of") == "help") show_own_commands();
    if (request && request->is_text && line.kind == "error") terminal_.show("Not sent: " + request->typed);
}

void Chat::heard_welcome(const ServerLine& line) {
    if (line.kind == "refused") return finish(1, line.text.value_or("The server refused the connection."));
    if (line.kind != "welcome") return say(line);
    viewer_ = {std::string(line.value("id")), std::string(line.value("name"))};
    if (visitor_.name) return log_in();
    stage_ = Stage::talking;
    say(line);
}

void Chat::heard_at_login(const ServerLine& line) {
    const bool about_us = line.value("id") == viewer_.id;
    if (line.kind == "error") return login_refused(line.text.value_or("The server refused the name."));
    if (line.kind == "renamed" && about_us) {
        logged_in();
        // Where nobody has seen the assigned name, coming in under the chosen one is all the news.
        if (own_arrival_shown_) say(line);
        return;
    }
    if (line.kind == "online" && about_us && line.value("name") == *visitor_.name) logged_in();
    say(line);
}

void Chat::log_in() {
    if (!can_be_sent(*visitor_.name)) return login_refused("A login name cannot have control characters.");
    connection_.send("/login " + *visitor_.name);
    wait_at_most(Stage::login, patience_for_answers);
}

void Chat::logged_in() {
    if (visitor_.was_asked) terminal_.show("");
    stage_ = Stage::talking;
}

void Chat::login_refused(std::string_view reason) {
    if (!visitor_.was_asked && !terminal_.has_person()) return finish(1, reason);
    terminal_.show(reason);
    terminal_.show(name_question);
    visitor_.was_asked = true;
    stage_ = Stage::naming;
}

void Chat::typed_name(const std::string& line) {
    visitor_.name = trimmed(line);
    if (visitor_.name->empty()) return login_refused(empty_name);
    log_in();
}

void Chat::typed(const std::string& line) {
    if (line.empty()) return;
    if (is_quit(line)) return leave(line, patience_for_goodbye);
    const auto [tag, command, text] = parse_client_line(line);
    if (!tag.empty()) {
        connection_.send(line);
    } else if (!command.empty()) {
        typed_command(command, text, line);
    } else if (target_ == Target{}) {
        connection_.send(line);
    } else {
        request(target_.command(text), line, true);
    }
}

void Chat::typed_command(std::string_view command, std::string_view text, const std::string& line) {
    if (equal_ignoring_case(command, talk_to_command.name)) {
        talk_to(text);
    } else if (Companion* companion = companion_for(command)) {
        companion->typed(*this, command, text);
    } else {
        request(line, line, false);
    }
}

void Chat::request(std::string_view command, const std::string& typed, bool is_text, std::string_view tag) {
    connection_.send(tagged(requests_.add(Asker::person, typed, is_text, tag), command));
}

std::string Chat::ask(std::string_view command) {
    if (stage_ != Stage::talking) return {};
    std::string tag = requests_.add(Asker::companion, std::string(command), false);
    connection_.send(tagged(tag, command));
    return tag;
}

void Chat::talk_to(std::string_view text) {
    const std::string name = trimmed(text);
    const auto target = name.empty() ? Target{} : parse_target(name);
    if (!target) return terminal_.show("Usage: /to " + std::string(talk_to_command.usage));
    target_ = *target;
    terminal_.show("What you type goes to " + target_.in_words() + ".");
}

Companion* Chat::companion_for(std::string_view command) const {
    for (const auto& companion : companions_) {
        for (const OwnCommand& own : companion->commands()) {
            if (equal_ignoring_case(own.name, command)) return companion.get();
        }
    }
    return nullptr;
}

void Chat::show_own_commands() {
    std::vector<OwnCommand> own{talk_to_command};
    for (const auto& companion : companions_)
        own.insert(own.end(), companion->commands().begin(), companion->commands().end());
    for (const OwnCommand& command : own) {
        terminal_.show("  " + std::string(command.name) + " " + std::string(command.usage) + " — " +
                       std::string(command.meaning));
    }
}

void Chat::complain_of_unanswered() {
    for (const Request& request : requests_.take_all()) {
        if (request.asker == Asker::person) terminal_.show("Not sent: " + request.typed);
    }
}

void Chat::say(const ServerLine& line) {
    if (const auto words = sentence(line, viewer_, std::time(nullptr))) terminal_.show(*words);
}

void Chat::leave(std::string_view quit, Clock::duration patience) {
    // In this order, for the terminal may take nothing any more.
    connection_.send(quit);
    terminal_.stop();
    wait_at_most(Stage::leaving, patience);
}

void Chat::finish(int exit_status, std::string_view complaint) {
    terminal_.stop();
    complain_of_unanswered();
    terminal_.refresh();
    if (!complaint.empty()) std::fprintf(stderr, "%s\n", printable(complaint).c_str());
    exit_status_ = exit_status;
    stage_ = Stage::over;
}

}  // namespace chat
