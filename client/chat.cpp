// The life of the connection: see chat.h.
#include "client/chat.h"

#include "client/membership_view.h"
#include "client/patience.h"
#include "shared/printable.h"

#include <poll.h>

#include <cstdio>
#include <string>
#include <utility>

namespace chat {

namespace {

using std::chrono::seconds;

// A server that is just being started, or restarted, answers within this.
constexpr seconds patience_for_answers{30};
constexpr seconds patience_for_goodbye{10};
// A signal wants the end; it must come well within Signals::last_seconds.
constexpr seconds patience_when_killed{2};
// A connection that lasted this long was a good one: the next pause is a short one again.
constexpr seconds steady{10};

std::string too_long() {
    return "A line of more than " + std::to_string(Terminal::longest_line) + " bytes was not sent.";
}

}  // namespace

Chat::Chat(Terminal& terminal, Signals& signals, const Configuration& configuration, Connection connection,
           Visitor visitor)
    : terminal_(terminal),
      signals_(signals),
      configuration_(configuration),
      connection_(std::move(connection)),
      reconnection_(configuration.server),
      attention_(terminal, configuration),
      visitor_(std::move(visitor)),
      rooms_(configuration.rooms) {
    directory_.learn_own_command(talk_to_command.name, talk_to_command.usage);
    terminal_.complete_with(
        [this](std::string_view before, std::string_view word) { return complete(before, word, directory_); });
    wait_at_most(Stage::welcome, patience_for_answers);
}

void Chat::take_along(std::unique_ptr<Companion> companion) {
    for (const OwnCommand& own : companion->commands()) directory_.learn_own_command(own.name, own.usage);
    companions_.push_back(std::move(companion));
}

int Chat::run() {
    while (stage_ != Stage::over) {
        terminal_.refresh();
        if (terminal_.output_lost() && stage_ != Stage::leaving) {
            exit_status_ = 1;
            leave("/quit", patience_when_killed);
        }
        if (listens())
            terminal_.prompt(stage_ == Stage::naming ? Terminal::History::forget : Terminal::History::keep,
                             prompt_name());
        wait();
        take_server_lines();
        take_typed_lines();
        if (last_word_ && listens() && under_way().empty()) leave(*last_word_, patience_for_goodbye);
        look_at_the_clock();
    }
    return exit_status_;
}

bool Chat::listens() const {
    if (stage_ == Stage::leaving || stage_ == Stage::over) return false;
    return (stage_ == Stage::naming || was_in_) && outgoing_.has_room();
}

std::string Chat::prompt_name() const {
    if (stage_ == Stage::naming) return "";
    const Target& target = outgoing_.target;
    std::string name = target.short_name();
    if (target.kind == Target::Kind::group) name = group_in_words(target.name, directory_);
    if (target.kind == Target::Kind::client) name = directory_.name_of(target.name);
    if (stage_ == Stage::talking) return name;
    return name.empty() ? "(offline)" : "(offline) " + name;
}

int Chat::milliseconds_left() const {
    if (stage_ == Stage::naming || stage_ == Stage::talking) return -1;
    if (stage_ == Stage::away) return reconnection_.patience();
    return milliseconds_until(deadline_);
}

void Chat::wait() {
    const int input = listens() && !terminal_.at_end() ? terminal_.input_fd() : -1;
    const int server = connection_ ? connection_->fd() : reconnection_.fd();
    const short server_events = connection_ && !connection_->all_sent() ? POLLIN | POLLOUT : POLLIN;
    std::vector<pollfd> waiting{{signals_.fd(), POLLIN, 0}, {server, server_events, 0}, {input, POLLIN, 0}};
    int patience = milliseconds_left();
    for (const auto& companion : companions_) {
        companion->wait_for(waiting);
        patience = sooner(patience, companion->patience());
    }
    if (::poll(waiting.data(), waiting.size(), patience) < 0) return take_signals();
    take_signals();
    for (const auto& companion : companions_) companion->work(*this);
    if (connection_ && (waiting[1].revents & POLLOUT) != 0) connection_->send_waiting();
    if (connection_ && (waiting[1].revents & ~POLLOUT) != 0) connection_->receive();
    if (stage_ == Stage::away) try_again();
    if (waiting[2].revents == 0 || !listens()) return;
    const bool window_is_gone = terminal_.has_person() && (waiting[2].revents & (POLLHUP | POLLERR)) != 0;
    if (window_is_gone) return leave("/quit killed", patience_when_killed);
    terminal_.read();
    if (terminal_.touched()) attention_.present();
}

void Chat::take_signals() {
    while (const auto signal = signals_.next()) {
        if (terminal_.handle_signal(*signal)) continue;
        if (stage_ == Stage::leaving || stage_ == Stage::over) return finish(exit_status_);
        leave("/quit killed", patience_when_killed);
    }
}

void Chat::take_server_lines() {
    while (connection_ && stage_ != Stage::over) {
        const auto line = connection_->next_line();
        if (!line) break;
        if (line->too_long) {
            terminal_.show("A line from the server was too long to be shown.", {Style::trouble});
        } else if (const auto parsed = parse_server_line(line->text)) {
            heard(*parsed);
        } else if (!line->text.empty()) {
            terminal_.show(sentence(line->text), {Style::news});
        }
    }
    if (connection_ && connection_->closed() && stage_ != Stage::over) connection_ended();
}

void Chat::take_typed_lines() {
    while (listens()) {
        const auto line = terminal_.next_line();
        if (!line) break;
        if (line->too_long) {
            not_done(too_long());
        } else if (stage_ == Stage::naming) {
            typed_name(line->text);
        } else {
            typed(line->text);
        }
    }
    if (!listens() || !terminal_.at_end()) return;
    // A script that never got in has not done what it was for.
    if (stage_ == Stage::naming && !terminal_.has_person()) exit_status_ = 1;
    const bool was_the_end = last_word_.has_value() && !terminal_.has_person();
    if (!was_the_end) leave_in_time("/quit");
}

void Chat::look_at_the_clock() {
    if (stage_ == Stage::over || stage_ == Stage::away || milliseconds_left() != 0) return;
    if (connection_->sent() != sent_before_) return wait_at_most(stage_, patience_);
    if (stage_ != Stage::leaving) {
        if (back_) return go_away("The server does not answer");
        return finish(1, "chat-client: the server does not answer");
    }
    if (patience_ == patience_when_killed) return finish(exit_status_);
    finish(1, "chat-client: the server said no goodbye; what was sent last may be lost");
}

void Chat::wait_at_most(Stage stage, Clock::duration patience) {
    stage_ = stage;
    patience_ = patience;
    deadline_ = Clock::now() + patience;
    sent_before_ = connection_ ? connection_->sent() : 0;
}

void Chat::connection_ended() {
    if (stage_ == Stage::leaving && connection_->all_sent()) return finish(exit_status_);
    const bool comes_back = was_in_ && configuration_.reconnect && terminal_.has_person() && !unwanted_;
    if (stage_ != Stage::leaving && comes_back) return go_away("The connection is lost");
    finish(1, "chat-client: the server closed the connection");
}

void Chat::go_away(std::string_view why) {
    connection_.reset();
    if (stage_ == Stage::talking && Clock::now() - in_since_ >= steady) reconnection_.succeeded();
    complain(outgoing_.disconnected());
    if (!back_) {
        for (const auto& companion : companions_) companion->connection_lost(*this);
    }
    if (!std::exchange(away_said_, true))
        terminal_.show(std::string(why) + "; trying to connect again.", {Style::trouble});
    back_ = true;
    own_arrival_shown_ = false;
    stage_ = Stage::away;
    reconnection_.lost();
}

void Chat::try_again() {
    UniqueFd socket = reconnection_.work();
    if (!socket) return;
    connection_.emplace(std::move(socket));
    wait_at_most(Stage::welcome, patience_for_answers);
}

void Chat::not_done(const std::string& words) {
    if (terminal_.has_person()) return terminal_.show(words, {Style::trouble});
    std::fprintf(stderr, "chat-client: %s\n", printable(words).c_str());
    exit_status_ = 1;
}

void Chat::complain(const std::vector<Request>& unanswered) {
    for (const Request& request : unanswered) {
        if (request.asker == Asker::person) not_done("Not sent, for no answer came: " + request.typed);
    }
}

void Chat::complain_of_left_over() {
    const bool all_of_it = terminal_.has_person() || terminal_.read_left_over();
    while (const auto line = terminal_.next_line()) {
        if (line->too_long) {
            not_done(too_long());
        } else if (!line->text.empty()) {
            not_done("Not sent: " + line->text);
        }
    }
    if (!all_of_it) not_done("Not sent: what is left of the input");
}

std::vector<std::string> Chat::under_way() const {
    std::vector<std::string> all;
    for (const auto& companion : companions_)
        for (std::string& words : companion->under_way()) all.push_back(std::move(words));
    return all;
}

void Chat::leave_in_time(std::string_view quit) {
    const std::vector<std::string> left = under_way();
    if (left.empty() || last_word_) return leave(quit, patience_for_goodbye);
    last_word_ = quit;
    terminal_.go_on();
    for (const std::string& words : left) terminal_.show("Still under way: " + words, {Style::news});
    terminal_.show("The chat ends when that is done; /quit again ends it now.", {Style::news});
}

void Chat::leave(std::string_view quit, Clock::duration patience) {
    // Whoever has the server's goodbye to wait for sends first, for the terminal may take nothing any more.
    if (connection_) connection_->send(quit);
    if (!connection_) return finish(exit_status_);
    terminal_.stop();
    wait_at_most(Stage::leaving, patience);
}

void Chat::finish(int exit_status, std::string_view complaint) {
    exit_status_ = exit_status;
    terminal_.stop();
    complain(outgoing_.disconnected());
    for (const std::string& line : outgoing_.give_up()) {
        not_done("Not sent: " + line);
        exit_status_ = 1;
    }
    if (!quit_typed_) complain_of_left_over();
    terminal_.refresh();
    if (!complaint.empty()) std::fprintf(stderr, "%s\n", printable(complaint).c_str());
    stage_ = Stage::over;
}

}  // namespace chat
