// What each line in the chat means: see conversation.h.
#include "client/talk/conversation.h"

#include "client/net/deadline.h"
#include "client/talk/completion.h"
#include "client/talk/confirmation.h"
#include "client/talk/help_overview.h"
#include "client/terminal/wrap.h"
#include "shared/text/line.h"
#include "shared/text/suggestion.h"
#include "shared/text/text_rules.h"

#include <algorithm>
#include <array>
#include <utility>
#include <vector>

namespace chat {

namespace {

// With more people than this, names are learned as they speak instead of asking for all of them.
constexpr unsigned few_people = 200;

}  // namespace

Conversation::Conversation(Terminal& terminal, const Configuration& configuration)
    : state_(terminal, configuration),
      terminal_(terminal),
      greeting_(state_),
      memberships_(configuration.rooms),
      addressing_(terminal, state_.outgoing, state_.addressee, state_.directory, memberships_),
      account_(state_),
      backlog_(state_, *this),
      typing_(state_, addressing_, account_, backlog_, *this),
      pasting_(state_, addressing_, *this) {
    for (const OwnCommand& own : own_commands(state_.companions))
        state_.directory.learn_own_command(own.name, own.usage);
    terminal_.keep_pastes_apart();
    terminal_.complete_with([this](std::string_view before, std::string_view word) {
        const Companion* owner = state_.companions.owner_of(parse_client_line(before).command);
        return complete(before, word, state_.directory, [owner](std::string_view kind, std::string_view begun) {
            return owner == nullptr ? std::vector<std::string>{} : owner->completions(kind, begun);
        });
    });
}

void Conversation::add_companion(std::unique_ptr<Companion> companion) {
    for (const OwnCommand& own : companion->commands()) state_.directory.learn_own_command(own.name, own.usage);
    state_.companions.add(std::move(companion));
}

bool Conversation::is_about_us(const ServerLine& line) const {
    return !state_.viewer.id.empty() && line.value("id") == state_.viewer.id;
}

void Conversation::welcomed(const ServerLine& welcome) {
    state_.viewer.id = welcome.value("id");
    state_.viewer.name = welcome.value("name");
    account_.welcomed(welcome);
    backlog_.welcomed(welcome);
}

void Conversation::connected(Connection& connection) {
    std::vector<std::string> first = memberships_.commands();
    if (terminal_.is_editing() && state_.directory.usage("/help").empty()) first.emplace_back("/help");
    state_.outgoing.connected(connection, first);
    if (account_.credentials().is_logged_in) backlog_.logged_in(knows_of_loss_, memberships_.in_lobby());
    const bool writes_to_client = state_.addressee.target().kind == Target::Kind::client && !state_.addressee.is_gone();
    if (state_.outgoing.needs_check() || (knows_of_loss_ && writes_to_client)) addressing_.check();
}

void Conversation::reconnected(Connection& connection) {
    terminal_.show("Connected again, as " + state_.viewer.name + ".", {Style::news});
    // To the server we are a new client, in no group.
    if (state_.addressee.target().kind == Target::Kind::group) {
        terminal_.show("Groups end with the connection: " + state_.addressee.target().in_words() +
                           " is gone. /to sets who receives what you type.",
                       {Style::news});
    } else if (had_groups_) {
        terminal_.show("Groups end with the connection: you are not in any now.", {Style::news});
    }
    connected(connection);
}

void Conversation::lost(std::string_view why) {
    const bool had_connection = state_.outgoing.is_connected();
    had_groups_ = had_groups_ || state_.directory.is_in_any_group();
    disconnected();
    if (had_connection) state_.companions.connection_lost(*this);
    if (!std::exchange(knows_of_loss_, true))
        terminal_.show(std::string(why) + "; trying to connect again.", {Style::trouble});
}

void Conversation::disconnected() {
    state_.unread.forget_groups();
    account_.disconnected();
    backlog_.disconnected();
    show_held();
    if (const auto problem = addressing_.disconnected()) state_.problems.report(*problem);
    for (const Request& request : state_.outgoing.disconnected()) {
        if (request.asker == Asker::person)
            state_.problems.report("Not confirmed by the server: " + masked(request.typed));
    }
    pasting_.drop_rest();
}

void Conversation::give_up() {
    disconnected();
    pasting_.give_up();
    for (const std::string& line : state_.outgoing.give_up()) {
        state_.problems.report("Not sent: " + masked(line));
        state_.problems.fail();
    }
}

void Conversation::discard_remaining_input() {
    const bool all_of_it = terminal_.read_remaining();
    for (;;) {
        if (const auto paste = terminal_.next_paste()) {
            state_.problems.report_paste(paste->size());
            continue;
        }
        const auto line = terminal_.next_line();
        if (!line) break;
        terminal_.show_typed();
        if (line->too_long) {
            state_.problems.report_long_line();
        } else if (!line->text.empty()) {
            state_.problems.report("Not sent: " + masked(line->text));
        }
    }
    if (!all_of_it) state_.problems.report("Not sent: the rest of the input");
}

std::optional<Request> Conversation::learn(const ServerLine& line) {
    const bool about_us = is_about_us(line);
    if (line.kind == "renamed" && about_us) state_.viewer.name = line.value("name");
    if ((line.kind == "joined" || line.kind == "left") && about_us) memberships_.learn(line);
    state_.directory.learn(line);
    state_.display.learn(line);
    if (line.kind == "left" && about_us)
        state_.unread.forget({Target::Kind::room, std::string(line.value("room")), {}});
    if (line.kind == "group-left" && about_us)
        state_.unread.forget({Target::Kind::group, std::string(line.value("group")), {}});
    auto answered = state_.outgoing.answered(line);
    account_.learn(line, answered);
    return answered;
}

void Conversation::received(const ServerLine& line, const std::optional<Request>& answered) {
    if (answered && (answered->is_repeated || account_.takes_refusal(line, *answered))) return;
    if (line.kind == "account" && answered) backlog_.logged_in(false, memberships_.in_lobby());
    const bool is_taken = backlog_.takes(line, answered);
    show_held();
    if (is_taken || (answered && answered->asker == Asker::background)) return;
    const auto note = state_.addressee.learn(line, state_.viewer);
    show_received(line, answered);
    if (note) terminal_.show(*note, {Style::trouble});
    if (!answered || (line.kind != "end" && line.kind != "ok" && line.kind != "error")) return;
    for (const std::string& problem : addressing_.answered(answered->tag)) state_.problems.report(problem);
    if (line.value("of") == "active" && answered->asker == Asker::client) greeting_.show_people();
}

void Conversation::show_held() {
    for (const ServerLine& held : backlog_.take_held()) received(held, std::nullopt);
}

void Conversation::mark_present() {
    state_.display.mark_present();
    backlog_.mark_present();
}

void Conversation::show_received(const ServerLine& line, const std::optional<Request>& answered) {
    if (state_.companions.received(*this, line)) return;
    constexpr std::array<std::string_view, 4> movements = {"online", "offline", "joined", "left"};
    const bool is_movement = std::find(movements.begin(), movements.end(), line.kind) != movements.end();
    if (state_.configuration.hide_joins && is_movement && !is_about_us(line)) return;
    if (answered && answered->asker == Asker::client && line.kind != "error") return;
    if (answered && line.kind == "ok") {
        if (const auto message = message_of(*answered)) {
            state_.log_files.accepted(*message, line);
            state_.last_message = AcceptedMessage{message->to, std::string(line.value("id"))};
        }
    }
    if (answered && line.kind == "ok" && !answered->own_tag) {
        const std::string words = terminal_.is_interactive() ? confirmation_of(answered->typed, state_.directory) : "";
        if (!words.empty()) state_.display.show(words, Style::news);
        return;
    }
    if (line.kind == "help" && state_.companions.owner_of(line.value("command")) != nullptr) return;
    const bool about_us = line.value("id") == state_.viewer.id;
    // A new member does not receive the list of members.
    if (line.kind == "group-joined" && about_us && terminal_.is_interactive())
        (void)state_.outgoing.ask(Asker::client, "/activegroups");
    if (line.kind == "online" && about_us) {
        // Few enough to know them all by name.
        if (terminal_.is_interactive() && whole_number<unsigned>(line.value("count")).value_or(0) <= few_people)
            addressing_.ask_who_is_there();
        if (std::exchange(knows_of_loss_, false)) return;
    }
    state_.log_files.received(line);
    show_line(line);
    if (line.kind == "joined" && about_us && account_.credentials().is_logged_in) backlog_.joined(line.value("room"));
    if (line.kind == "message") state_.unread.add(line.value("to"));
    const bool lists_all = answered && trimmed(answered->typed).size() == std::string_view("/help").size();
    if (line.kind == "end" && line.value("of") == "help" && lists_all)
        show_own_commands(terminal_, own_commands(state_.companions));
    if (answered && answered->asker == Asker::person && line.kind == "error") refused(*answered, line);
    if (line.kind == "undelivered" && !terminal_.is_interactive())
        state_.problems.report(line.text.value_or("undelivered"));
}

// A person sees the server's words above, and for a command they are enough.
void Conversation::refused(const Request& request, const ServerLine& error) {
    const std::string words = (request.is_text ? "Not sent: " : "Refused: ") + masked(request.typed);
    if (request.is_text && error.value("code") == "no-such-client") state_.addressee.not_found(request.target);
    if (!terminal_.is_interactive())
        return state_.problems.report(words + " (" + error.text.value_or("no reason given") + ")");
    if (request.is_text) return state_.problems.report(words);
    if (error.value("code") != "unknown-command") return;
    const std::string typed(parse_client_line(request.typed).command);
    if (const std::string meant = nearest(typed, state_.directory.commands()); !meant.empty())
        terminal_.show("Did you mean " + meant + "?", {Style::news});
}

void Conversation::typed(const std::string& line) {
    if (account_.prompt()) return account_.typed(line);
    if (pasting_.question()) return pasting_.typed(line);
    if (account_.remembering().takes(line)) return;
    typing_.typed(line);
}

void Conversation::prompt() {
    if (const auto secret = account_.prompt()) return terminal_.prompt(Terminal::History::hide, *secret);
    if (const auto question = pasting_.question()) return terminal_.prompt(Terminal::History::forget, *question);
    account_.remembering().ask();
    if (!state_.addressee.is_gone()) state_.unread.forget(state_.addressee.target());
    constexpr std::size_t least_columns = 12;
    const std::size_t third = std::max(least_columns, window_width() / 3);
    const std::string name = state_.addressee.in_prompt(state_.directory, third);
    const std::string state = !state_.outgoing.is_connected()      ? "(offline)"
                              : account_.remembering().is_asking() ? "(yes or no)"
                              : state_.addressee.is_gone()         ? "(gone)"
                                                                   : "";
    terminal_.prompt(Terminal::History::keep, state + (state.empty() || name.empty() ? "" : " ") + name,
                     state_.unread.in_prompt(third));
}

bool Conversation::has_room() const noexcept {
    return state_.outgoing.has_room() && (terminal_.is_interactive() || !state_.outgoing.takes_turns());
}

int Conversation::poll_timeout() const {
    return earlier_timeout(earlier_timeout(state_.companions.poll_timeout(), state_.outgoing.poll_timeout()),
                           earlier_timeout(account_.poll_timeout(), backlog_.poll_timeout()));
}

void Conversation::work() {
    state_.companions.work(*this);
    state_.outgoing.take_turns();
    backlog_.work();
    show_held();
}

std::vector<std::string> Conversation::in_progress() const {
    std::vector<std::string> words = state_.companions.in_progress();
    if (const std::size_t left = state_.outgoing.left_of_paste(); left > 0)
        words.push_back("the paste, " + lines_in_words(left) + " left");
    return words;
}

std::string Conversation::ask(std::string_view command) {
    return state_.outgoing.ask(Asker::companion, command);
}

}  // namespace chat
