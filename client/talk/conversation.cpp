// What each line in the chat means: see conversation.h.
#include "client/talk/conversation.h"

#include "client/talk/aliases.h"
#include "client/talk/completion.h"
#include "client/talk/help_overview.h"
#include "client/talk/own_message.h"
#include "client/talk/startup.h"
#include "shared/text/line.h"
#include "shared/text/printable.h"
#include "shared/text/suggestion.h"
#include "shared/text/text_rules.h"

#include <algorithm>
#include <array>
#include <charconv>
#include <cstdio>
#include <ctime>
#include <utility>
#include <vector>

namespace chat {

namespace {

// With more people than this, names are learned as they speak instead of asking for all of them.
constexpr unsigned few_people = 200;

unsigned number(std::string_view text) {
    unsigned value = 0;
    (void)std::from_chars(text.data(), text.data() + text.size(), value);
    return value;
}

}  // namespace

Conversation::Conversation(Terminal& terminal, const Configuration& configuration)
    : terminal_(terminal),
      configuration_(configuration),
      memberships_(configuration.rooms),
      addressing_(terminal, outgoing_, addressee_, directory_, memberships_),
      attention_(terminal, configuration),
      timestamps_(configuration.timestamps.value_or(terminal.shows_on_terminal())) {
    viewer_.sees_times = timestamps_.are_shown();
    for (const OwnCommand& own : own_commands()) directory_.learn_own_command(own.name, own.usage);
    terminal_.complete_with([this](std::string_view before, std::string_view word) {
        const Companion* owner = companions_.owner_of(parse_client_line(before).command);
        return complete(before, word, directory_, [owner](std::string_view kind, std::string_view begun) {
            return owner == nullptr ? std::vector<std::string>{} : owner->completions(kind, begun);
        });
    });
}

void Conversation::add_companion(std::unique_ptr<Companion> companion) {
    for (const OwnCommand& own : companion->commands()) directory_.learn_own_command(own.name, own.usage);
    companions_.add(std::move(companion));
}

bool Conversation::is_about_us(const ServerLine& line) const {
    return !viewer_.id.empty() && line.value("id") == viewer_.id;
}

void Conversation::welcomed(const ServerLine& welcome) {
    viewer_.id = welcome.value("id");
    viewer_.name = welcome.value("name");
}

void Conversation::connected(Connection& connection) {
    std::vector<std::string> first = memberships_.commands();
    if (terminal_.is_editing() && directory_.usage("/help").empty()) first.emplace_back("/help");
    outgoing_.connected(connection, first);
    const bool writes_to_client = addressee_.target().kind == Target::Kind::client && !addressee_.is_gone();
    if (outgoing_.needs_check() || (knows_of_loss_ && writes_to_client)) addressing_.check();
}

void Conversation::reconnected(Connection& connection) {
    terminal_.show("Connected again, as " + viewer_.name + ".", {Style::news});
    // To the server we are a new client, in no group.
    if (addressee_.target().kind == Target::Kind::group) {
        terminal_.show("Groups end with the connection: " + addressee_.target().in_words() +
                           " is gone. /to sets who receives what you type.",
                       {Style::news});
    } else if (had_groups_) {
        terminal_.show("Groups end with the connection: you are not in any now.", {Style::news});
    }
    connected(connection);
}

void Conversation::lost(std::string_view why) {
    const bool had_connection = outgoing_.is_connected();
    had_groups_ = had_groups_ || directory_.is_in_any_group();
    disconnected();
    if (had_connection) companions_.connection_lost(*this);
    if (!std::exchange(knows_of_loss_, true))
        terminal_.show(std::string(why) + "; trying to connect again.", {Style::trouble});
}

void Conversation::disconnected() {
    if (const auto problem = addressing_.disconnected()) report_problem(*problem);
    for (const Request& request : outgoing_.disconnected()) {
        if (request.asker == Asker::person) report_problem("Not confirmed by the server: " + request.typed);
    }
}

void Conversation::give_up() {
    disconnected();
    for (const std::string& line : outgoing_.give_up()) {
        report_problem("Not sent: " + line);
        fail();
    }
}

void Conversation::discard_remaining_input() {
    const bool all_of_it = terminal_.is_interactive() || terminal_.read_remaining();
    while (const auto line = terminal_.next_line()) {
        terminal_.show_typed();
        if (line->too_long) {
            refuse_long_line();
        } else if (!line->text.empty()) {
            report_problem("Not sent: " + line->text);
        }
    }
    if (!all_of_it) report_problem("Not sent: the rest of the input");
}

std::optional<Request> Conversation::learn(const ServerLine& line) {
    const bool about_us = is_about_us(line);
    if (line.kind == "renamed" && about_us) viewer_.name = line.value("name");
    if ((line.kind == "joined" || line.kind == "left") && about_us) memberships_.learn(line);
    directory_.learn(line);
    return outgoing_.answered(line);
}

void Conversation::received(const ServerLine& line, const std::optional<Request>& answered) {
    const auto note = addressee_.learn(line, viewer_);
    show_received(line, answered);
    if (note) terminal_.show(*note, {Style::trouble});
    if (!answered || (line.kind != "end" && line.kind != "ok" && line.kind != "error")) return;
    for (const std::string& problem : addressing_.answered(answered->tag)) report_problem(problem);
    const bool names_all = line.value("of") == "active" && answered->asker == Asker::client;
    if (!names_all || !timestamps_.are_shown() || !terminal_.is_editing() || std::exchange(greeted_, true)) return;
    terminal_.show(greeting(configuration_.server, viewer_, directory_), {Style::news});
}

void Conversation::show_received(const ServerLine& line, const std::optional<Request>& answered) {
    if (companions_.received(*this, line)) return;
    constexpr std::array<std::string_view, 4> movements = {"online", "offline", "joined", "left"};
    const bool is_movement = std::find(movements.begin(), movements.end(), line.kind) != movements.end();
    if (configuration_.hide_joins && is_movement && !is_about_us(line)) return;
    if (answered && answered->asker == Asker::client && line.kind != "error") return;
    if (answered && line.kind == "ok" && !answered->own_tag) return;
    if (line.kind == "help" && companions_.owner_of(line.value("command")) != nullptr) return;
    const bool about_us = line.value("id") == viewer_.id;
    // A new member does not receive the list of members.
    if (line.kind == "group-joined" && about_us && terminal_.is_interactive())
        (void)outgoing_.ask(Asker::client, "/activegroups");
    if (line.kind == "online" && about_us) {
        // Few enough to know them all by name.
        if (terminal_.is_interactive() && number(line.value("count")) <= few_people) addressing_.ask_who_is_there();
        if (std::exchange(knows_of_loss_, false)) return;
    }
    show_line(line);
    const bool lists_all = answered && trimmed(answered->typed).size() == std::string_view("/help").size();
    if (line.kind == "end" && line.value("of") == "help" && lists_all) show_own_commands(terminal_, own_commands());
    if (answered && answered->asker == Asker::person && line.kind == "error") refused(*answered, line);
    if (line.kind == "undelivered" && !terminal_.is_interactive()) report_problem(line.text.value_or("undelivered"));
}

// A person sees the server's words above, and for a command they are enough.
void Conversation::refused(const Request& request, const ServerLine& error) {
    const std::string words = (request.is_text ? "Not sent: " : "Refused: ") + request.typed;
    if (request.is_text && error.value("code") == "no-such-client") addressee_.not_found(request.target);
    if (!terminal_.is_interactive()) return report_problem(words + " (" + error.text.value_or("no reason given") + ")");
    if (request.is_text) return report_problem(words);
    if (error.value("code") != "unknown-command") return;
    const std::string typed(parse_client_line(request.typed).command);
    if (const std::string meant = nearest(typed, directory_.commands()); !meant.empty())
        terminal_.show("Did you mean " + meant + "?", {Style::news});
}

void Conversation::show_line(const ServerLine& line) {
    const std::time_t now = std::time(nullptr);
    const auto words = sentence(line, viewer_, now, directory_);
    if (!words) return;
    const Look look = look_of(line, viewer_, *words);
    show_with_time(*words, look);
    if (line.kind == "message") attention_.message(is_for(line, viewer_), *words);
}

void Conversation::show_with_time(const std::string& words, Look look) {
    const std::time_t now = std::time(nullptr);
    if (const auto day = timestamps_.day(now)) terminal_.show(*day, {Style::news});
    const std::string stamp = timestamps_.stamp(now);
    look.begin += stamp.size();
    if (look.end != std::string_view::npos) look.end += stamp.size();
    terminal_.show(stamp + words, look);
}

void Conversation::show_typed(std::string_view command, std::string_view text) {
    if (!terminal_.is_editing()) return;
    const auto message = own_message(command, text, addressee_.target());
    const bool needs_times = !message || message->to.kind != Target::Kind::client || !command.empty();
    if (!message || (needs_times && !timestamps_.are_shown())) return terminal_.show_typed();
    const std::string words = own_words(*message, viewer_, directory_);
    show_with_time(words, {Style::speaker, 0, words.size() - message->text.size() - 1});
}

void Conversation::typed(const std::string& typed_line) {
    std::string line = typed_line;
    if (const ClientLine parsed = parse_client_line(typed_line); parsed.tag.empty() && !parsed.command.empty()) {
        if (auto alias = translate(parsed.command, parsed.text, addressee_.target(), directory_)) {
            if (!alias->problem.empty()) {
                (void)addressing_.takes_next_line();
                terminal_.show_typed();
                return report_problem(alias->problem);
            }
            line = std::move(alias->line);
        }
    }
    const bool may_be_sent = addressing_.takes_next_line();
    const auto [tag, command, text] = parse_client_line(line);
    if (line.empty() || !tag.empty() || (command.empty() && !may_be_sent)) {
        terminal_.show_typed();
    } else {
        show_typed(command, text);
    }
    if (line.empty()) return;
    if (command.empty() && !may_be_sent) {
        if (addressee_.is_gone() && terminal_.is_interactive())
            terminal_.show(addressee_.in_words(directory_) + " is gone: /to sets who receives what you type.",
                           {Style::trouble});
        return report_problem("Not sent: " + line);
    }
    if (tag.empty() && equal_ignoring_case(command, target_command.name)) {
        if (const auto problem = addressing_.choose(text)) report_problem(*problem);
        return;
    }
    if (tag.empty() && equal_ignoring_case(command, clear_command.name)) return terminal_.clear_screen();
    if (tag.empty() && equal_ignoring_case(command, "/help") && show_help(terminal_, directory_, own_commands(), text))
        return;
    if (Companion* companion = tag.empty() ? companions_.owner_of(command) : nullptr)
        return companion->typed(*this, command, text);
    if (!outgoing_.say(line, addressee_.target())) report_problem("Not sent: too many lines are queued: " + line);
}

std::string Conversation::prompt_name() const {
    const std::string name = addressee_.in_prompt(directory_);
    const std::string state = !outgoing_.is_connected() ? "(offline)" : addressee_.is_gone() ? "(gone)" : "";
    return state + (state.empty() || name.empty() ? "" : " ") + name;
}

std::string Conversation::ask(std::string_view command) {
    return outgoing_.ask(Asker::companion, command);
}

std::vector<OwnCommand> Conversation::own_commands() const {
    std::vector<OwnCommand> own{target_command, clear_command};
    own.insert(own.end(), alias_commands().begin(), alias_commands().end());
    const std::vector<OwnCommand> of_companions = companions_.commands();
    own.insert(own.end(), of_companions.begin(), of_companions.end());
    return own;
}

void Conversation::report_problem(const std::string& words) {
    if (terminal_.is_interactive()) return terminal_.show(words, {Style::trouble});
    std::fprintf(stderr, "chat-client: %s\n", printable(words).c_str());
    fail();
}

void Conversation::refuse_long_line() {
    report_problem("A line of more than " + std::to_string(Terminal::longest_line) + " bytes was not sent.");
}

}  // namespace chat
