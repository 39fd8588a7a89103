// The life of a chat: see chat.h.
#include "client/talk/chat.h"

#include "client/net/deadline.h"
#include "client/talk/question.h"
#include "client/talk/startup.h"
#include "shared/text/line.h"
#include "shared/text/printable.h"
#include "shared/text/text_rules.h"

#include <poll.h>
#include <signal.h>

#include <cstdio>
#include <utility>
#include <vector>

namespace chat {
namespace {

using std::chrono::seconds;

// A connection that lasted this long was a good one: the next pause is short again.
constexpr seconds steady{10};
// Lines that are read while the first of them has to wait.
constexpr std::size_t max_lines_ahead = 1000;

}  // namespace

Chat::Chat(Terminal& terminal, Signals& signals, const Configuration& configuration, Connection connection,
           Visitor visitor)
    : terminal_(terminal),
      signals_(signals),
      configuration_(configuration),
      reconnection_(configuration.server),
      conversation_(terminal, configuration_),
      arrival_(terminal, signals, conversation_, configuration_),
      stage_(await_welcome(arriving(std::move(connection), std::move(visitor)))) {}

int Chat::run() {
    while (!std::holds_alternative<Over>(stage_)) {
        terminal_.refresh();
        if (terminal_.output_lost() && !std::holds_alternative<Leaving>(stage_)) {
            conversation_.problems().fail();
            std::fputs("chat-client: cannot write to standard output\n", stderr);
            leave("/quit", true);
        }
        prompt();
        wait();
        process_server_lines();
        process_typed_lines();
        if (farewell_ && takes_lines() && conversation_.in_progress().empty()) leave(farewell_->words, false);
        check_deadline();
    }
    return std::get<Over>(stage_).exit_status;
}

void Chat::prompt() {
    if (!accepts_input()) return;
    if (const auto* naming = std::get_if<Naming>(&stage_)) return arrival_.prompt(*naming);
    conversation_.prompt();
}

bool Chat::accepts_input() const {
    return accepts_lines(stage_) && conversation_.has_room() &&
           (!conversation_.is_choosing() || terminal_.lines_entered() < max_lines_ahead);
}

bool Chat::takes_lines() const {
    return accepts_input() && !conversation_.is_choosing();
}

void Chat::wait() {
    const int input = accepts_input() && !terminal_.at_end() ? terminal_.input_fd() : -1;
    const Link* before = link_of(stage_);
    const int server = before != nullptr ? before->connection.fd() : reconnection_.fd();
    const short server_events = before != nullptr ? before->connection.events() : POLLIN;
    std::vector<pollfd> waiting{{signals_.fd(), POLLIN, 0}, {server, server_events, 0}, {input, POLLIN, 0}};
    conversation_.wait_for(waiting);
    const bool is_away = std::holds_alternative<Away>(stage_);
    int timeout = is_away ? reconnection_.poll_timeout() : milliseconds_left(stage_);
    timeout = earlier_timeout(earlier_timeout(timeout, conversation_.poll_timeout()), terminal_.poll_timeout());
    if (::poll(waiting.data(), waiting.size(), timeout) < 0) return process_signals();
    process_signals();
    conversation_.work();
    if (Link* link = link_of(stage_); link != nullptr && waiting[1].revents != 0) link->connection.work();
    if (std::holds_alternative<Away>(stage_)) try_to_reconnect();
    if (waiting[2].revents == 0 || !accepts_input()) return;
    const bool window_is_gone = terminal_.is_interactive() && (waiting[2].revents & (POLLHUP | POLLERR)) != 0;
    if (window_is_gone) return leave("/quit killed", true);
    terminal_.read();
    if (terminal_.had_activity()) conversation_.mark_present();
}

void Chat::process_signals() {
    while (const auto signal = signals_.next()) {
        if (terminal_.handle_signal(*signal) || only_clears_line(terminal_, signals_, *signal)) continue;
        if (*signal == SIGINT && signals_.was_typed() && conversation_.cancel()) {
            signals_.stay();
            continue;
        }
        if (std::holds_alternative<Leaving>(stage_) || std::holds_alternative<Over>(stage_)) return finish();
        const bool is_unseen = unseen_entry(stage_) != nullptr;
        leave("/quit killed", true);
        if (!is_unseen || !std::holds_alternative<Over>(stage_)) continue;
        stage_ = Over{exit_status::signalled + *signal};
        return;
    }
}

void Chat::process_server_lines() {
    while (Link* link = link_of(stage_)) {
        const auto line = link->connection.next_line();
        if (!line) {
            if (std::holds_alternative<AwaitingWelcome>(stage_) && !link->connection.may_be_chat())
                return fail(no_chat_server(configuration_.server), check_address);
            if (link->connection.closed()) connection_ended();
            return;
        }
        if (line->too_long) {
            terminal_.show("A line from the server was too long to be shown.", {Style::trouble});
        } else if (const auto parsed = parse_server_line(line->text)) {
            received(*parsed);
        } else if (std::holds_alternative<AwaitingWelcome>(stage_)) {
            fail(no_chat_server(configuration_.server), check_address);
        } else if (!line->text.empty()) {
            terminal_.show(sentence(line->text), {Style::news});
        }
    }
}

void Chat::process_typed_lines() {
    if (takes_lines() && conversation_.asks_secret()) prompt();
    while (takes_lines()) {
        if (auto paste = terminal_.next_paste()) {
            conversation_.pasting().pasted(*std::move(paste));
            continue;
        }
        const auto line = terminal_.next_line();
        if (!line) break;
        if (line->too_long) {
            conversation_.problems().report_long_line();
        } else if (auto* naming = std::get_if<Naming>(&stage_); naming != nullptr && is_leaving(line->text)) {
            typed(line->text);
        } else if (naming != nullptr) {
            apply(arrival_.typed(std::move(*naming), line->text));
        } else {
            typed(line->text);
            // The next one has the prompt that it would have had.
            if (terminal_.lines_entered() > 0 && takes_lines()) prompt();
        }
    }
    if (!takes_lines() || !terminal_.at_end()) return;
    // A script that never joined has not done its work.
    if (std::holds_alternative<Naming>(stage_) && !terminal_.is_interactive()) conversation_.problems().fail();
    const bool was_the_end = farewell_.has_value() && !terminal_.is_interactive();
    if (!was_the_end) leave_when_done({"/quit", false});
}

void Chat::check_deadline() {
    if (auto* stage = std::get_if<AwaitingWelcome>(&stage_)) {
        arrival_.check_silence(*stage);
        return check_deadline(stage->entry, stage->deadline);
    }
    if (auto* stage = std::get_if<LoggingIn>(&stage_)) return check_deadline(stage->entry, stage->deadline);
    auto* stage = std::get_if<Leaving>(&stage_);
    if (stage != nullptr && stage->again_at && Clock::now() >= *stage->again_at) {
        stage->again_at.reset();
        stage->link->connection.send(stage->quit);
    }
    if (stage == nullptr || !stage->deadline.has_passed(stage->link->connection.sent())) return;
    if (stage->in_haste) return finish();
    fail("chat-client: the connection ended without a goodbye; the last lines may be lost");
}

void Chat::check_deadline(Entry& entry, Deadline& deadline) {
    if (!deadline.has_passed(entry.link->connection.sent())) return;
    if (entry.back) return start_reconnecting(*std::move(entry.back), "The server does not answer");
    fail("chat-client: the server does not answer");
}

bool Chat::is_no_news(const ServerLine& line) {
    if (unseen_entry(stage_) != nullptr) return !link_of(stage_)->ends_for_good();
    return std::holds_alternative<Leaving>(stage_) &&
           (line.kind == "bye" || (line.kind == "offline" && conversation_.is_about_us(line)));
}

void Chat::received(const ServerLine& line) {
    if (!std::holds_alternative<Talking>(stage_) && answers_quiet(line)) return;
    const bool about_us = conversation_.is_about_us(line);
    if (line.kind == "offline" && about_us) learn_end(*link_of(stage_), line);
    const auto answered = conversation_.learn(line);
    if (auto* welcome = std::get_if<AwaitingWelcome>(&stage_)) {
        if (line.kind == "welcome") conversation_.welcomed(line);
        follow(welcome->entry, step_at_welcome(welcome->entry, line), line);
    } else if (auto* login = std::get_if<LoggingIn>(&stage_)) {
        follow(login->entry, step_at_login(login->entry, line, conversation_.viewer()), line);
    } else if (is_no_news(line)) {
        // About our own departure, or about a chat that we are not in yet.
    } else if (auto* leaving = std::get_if<Leaving>(&stage_); leaving != nullptr && is_quit_too_fast(line)) {
        leaving->again_at = Clock::now() + pause_when_too_fast;
    } else {
        conversation_.received(line, answered);
    }
    if (Link* link = link_of(stage_); link != nullptr && line.kind == "online" && about_us) link->announced = true;
}

void Chat::follow(Entry& entry, const EntryStep& step, const ServerLine& line) {
    apply(arrival_.follow(entry, step, line));
    if (step.shows_line) conversation_.show_line(line);
}

void Chat::apply(NextStep next) {
    if (auto* stage = std::get_if<Stage>(&next)) {
        stage_ = std::move(*stage);
    } else if (auto* arrived = std::get_if<Enter>(&next)) {
        enter(std::move(arrived->entry));
    } else if (auto* again = std::get_if<TryAgain>(&next)) {
        start_reconnecting(std::move(again->back), again->why);
    } else if (auto* end = std::get_if<GiveUp>(&next)) {
        fail(end->complaint, end->hint);
    } else if (auto* ended = std::get_if<End>(&next)) {
        finish();
        stage_ = Over{ended->exit_status};
    }
}

void Chat::enter(Entry entry) {
    if (entry.was_asked && !entry.back) terminal_.show("");
    conversation_.logged_in(std::move(entry.credentials));
    Connection& connection = entry.link->connection;
    stage_ = Talking{std::move(entry.link), Clock::now()};
    if (entry.back) return conversation_.reconnected(connection);
    conversation_.connected(connection);
}

void Chat::typed(const std::string& line) {
    if (!is_quit(line)) return conversation_.typed(line);
    terminal_.show_typed();
    leave_when_done({line, true});
}

void Chat::connection_ended() {
    const Link& link = *link_of(stage_);
    if (std::holds_alternative<Leaving>(stage_) && link.connection.all_sent()) return finish();
    if (Entry* entry = unseen_entry(stage_); entry != nullptr && !link.ends_for_good()) {
        const bool is_login = std::holds_alternative<LoggingIn>(stage_);
        if (!is_login) return entry->link.reset();
        if (!entry->was_replaced) return apply(arrival_.connect_again(std::move(*entry)));
    }
    auto back = plan_return(stage_, conversation_.viewer().name, conversation_.credentials());
    const bool may_return = configuration_.reconnect && terminal_.is_interactive() && !link.was_kicked;
    if (back && may_return) return start_reconnecting(*std::move(back), "The connection is lost");
    fail("chat-client: the server closed the connection");
}

void Chat::start_reconnecting(Return back, std::string_view why) {
    const auto* talking = std::get_if<Talking>(&stage_);
    if (talking != nullptr && Clock::now() - talking->since >= steady) reconnection_.succeeded();
    conversation_.lost(why);
    stage_ = Away{std::move(back)};
    reconnection_.lost();
}

void Chat::try_to_reconnect() {
    std::unique_ptr<Stream> stream = reconnection_.work();
    if (const std::string problem = reconnection_.take_problem(); !problem.empty())
        terminal_.show("The server cannot be trusted: " + problem, {Style::trouble});
    if (!stream) return;
    stage_ = await_welcome(returning(std::move(stream), std::move(std::get<Away>(stage_).back)));
}

void Chat::leave_when_done(Farewell farewell) {
    const std::vector<std::string> left = conversation_.in_progress();
    const bool is_said_again = farewell_.has_value();
    farewell.was_typed = farewell.was_typed || (is_said_again && farewell_->was_typed);
    farewell_ = std::move(farewell);
    if (left.empty() || is_said_again) return leave(farewell_->words, false);
    terminal_.resume_input();
    for (const std::string& words : left) terminal_.show("Still in progress: " + words, {Style::news});
    terminal_.show("The chat ends when this is done; type /quit again to end it now.", {Style::news});
}

void Chat::leave(std::string_view quit, bool in_haste) {
    const bool is_unseen = unseen_entry(stage_) != nullptr && std::holds_alternative<Naming>(stage_);
    std::unique_ptr<Link> link = take_link(stage_);
    if (!link) return finish();
    conversation_.leaving();
    // Send first: the terminal may accept nothing any more.
    link->connection.send(quit);
    if (is_unseen) return finish();
    conversation_.pasting().drop_rest();
    terminal_.stop();
    stage_ = await_goodbye(std::move(link), in_haste, quit);
}

void Chat::finish(std::string_view complaint, std::string_view hint) {
    terminal_.stop();
    conversation_.give_up();
    const bool left_over_was_meant = !farewell_ || !farewell_->was_typed;
    if (left_over_was_meant) conversation_.discard_remaining_input();
    terminal_.refresh();
    if (!complaint.empty()) complain(terminal_, complaint, hint);
    stage_ = Over{conversation_.problems().has_failed() ? 1 : 0};
}

void Chat::fail(std::string_view complaint, std::string_view hint) {
    conversation_.problems().fail();
    finish(complaint, hint);
}

}  // namespace chat
