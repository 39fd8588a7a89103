// What a typed line means: see typing.h.
#include "client/talk/typing.h"

#include "client/talk/aliases.h"
#include "client/talk/help_overview.h"
#include "shared/text/line.h"
#include "shared/text/text_rules.h"

#include <utility>

namespace chat {
namespace {

// `/delete` alone means the message that the person wrote last.
std::string deletion_of(const AcceptedMessage& message) {
    const Target& to = message.to;
    if (to.kind == Target::Kind::everyone) return "/delete lobby " + message.id;
    return "/delete " + (to.id.empty() ? to.name : to.id) + " " + message.id;
}

}  // namespace

void Typing::typed(const std::string& line) {
    const auto [tag, command_word, text] = parse_client_line(line);
    const Target& target = state_.addressee.target();
    if (line.empty()) {
        state_.unread.clear();
        state_.display.show_typed();
    } else if (!tag.empty()) {
        (void)addressing_.takes_next_line();
        state_.display.show_typed();
        send({line});
    } else if (command_word.empty()) {
        message({target, std::string(text)}, line);
    } else if (equal_ignoring_case(command_word, "/delete") && trimmed(text).empty() && state_.last_message) {
        command(command_word, {}, deletion_of(*state_.last_message));
    } else if (const auto alias = translate(command_word, text, target, state_.directory); !alias) {
        command(command_word, text, line);
    } else if (!alias->problem.empty()) {
        (void)addressing_.takes_next_line();
        state_.display.show_typed();
        state_.problems.report(alias->problem);
    } else if (alias->is_action) {
        message({target, alias->line, true}, line);
    } else {
        const ClientLine translated = parse_client_line(alias->line);
        command(translated.command, translated.text, alias->line);
    }
}

void Typing::message(const OwnMessage& message, const std::string& line) {
    if (!may_write(line)) return;
    show(message, message.is_action);
    state_.unread.forget(message.to);
    send({line, message.to, message.is_action});
}

// Nothing goes to anybody but those who were chosen.
bool Typing::may_write(const std::string& line) {
    if (addressing_.takes_next_line()) return true;
    state_.display.show_typed();
    if (state_.addressee.is_gone() && state_.terminal.is_interactive())
        state_.terminal.show(
            state_.addressee.in_words(state_.directory) + " is gone: /to sets who receives what you type.",
            {Style::trouble});
    state_.problems.report("Not sent: " + line);
    return false;
}

void Typing::command(std::string_view command, std::string_view text, const std::string& line) {
    (void)addressing_.takes_next_line();
    const auto message = own_message(command, text, state_.addressee.target());
    show(message, true);
    if (message) state_.unread.forget(message->to);
    if (equal_ignoring_case(command, target_command.name)) {
        if (const auto problem = addressing_.choose(text)) state_.problems.report(*problem);
        return;
    }
    if (equal_ignoring_case(command, clear_command.name)) {
        backlog_.cleared();
        return state_.terminal.clear_screen();
    }
    if (equal_ignoring_case(command, "/history")) {
        auto [history, problem] = backlog_.command_for(text);
        if (!problem.empty()) return state_.problems.report(problem);
        return send({std::move(history), state_.addressee.target()});
    }
    if (equal_ignoring_case(command, "/help") &&
        show_help(state_.terminal, state_.directory, own_commands(state_.companions), text))
        return;
    if (Companion* companion = state_.companions.owner_of(command)) return companion->typed(host_, command, text);
    if (account_.takes(command, text)) return;
    send({line, state_.addressee.target()});
}

void Typing::show(const std::optional<OwnMessage>& message, bool is_command) {
    if (!state_.terminal.is_editing()) return;
    // Without times a line stands as it was typed, unless the prompt would make it look like somebody else's.
    const bool is_private = message && message->to.kind == Target::Kind::client && !is_command;
    if (!message || (!is_private && !state_.display.shows_times())) return state_.display.show_typed();
    state_.display.show(*message);
}

// A script's lines go out one at a time.
void Typing::send(Outgoing::Line line) {
    const std::string typed = line.typed;
    const bool is_taken = state_.terminal.is_interactive() ? state_.outgoing.say(std::move(line))
                                                           : state_.outgoing.say_in_turn(std::move(line));
    if (!is_taken) state_.problems.report("Not sent: too many lines are queued: " + masked(typed));
}

std::vector<OwnCommand> own_commands(const Companions& companions) {
    std::vector<OwnCommand> own{target_command, clear_command};
    own.insert(own.end(), remembering_commands.begin(), remembering_commands.end());
    own.insert(own.end(), alias_commands().begin(), alias_commands().end());
    const std::vector<OwnCommand> others = companions.commands();
    own.insert(own.end(), others.begin(), others.end());
    return own;
}

}  // namespace chat
