// The way into the chat: see arrival.h.
#include "client/talk/arrival.h"

#include "client/net/login_ticket.h"
#include "client/talk/startup.h"
#include "shared/text/text_rules.h"

#include <memory>
#include <utility>

namespace chat {

namespace {

// The server may not have noticed yet that the connection was lost, and may still reserve the name for it.
constexpr int max_names_refused = 6;
constexpr int max_secrets_refused = 3;

}  // namespace

NextStep Arrival::follow(Entry& entry, const EntryStep& step, const ServerLine& line) {
    if (line.kind == "account") entry.credentials.is_logged_in = true;
    switch (step.kind) {
        case EntryStep::Kind::wait:
            break;
        case EntryStep::Kind::refuse:
            if (entry.back) return TryAgain{*std::move(entry.back), "The server says: " + step.reason};
            return GiveUp{step.reason, step.hint};
        case EntryStep::Kind::refuse_for_good:
            if (step.reason.empty()) return GiveUp{no_chat_server(configuration_.server), std::string(check_address)};
            return GiveUp{"chat-client: " + step.reason, entry.back ? "" : step.hint};
        case EntryStep::Kind::ask_name:
            entry.link->stay_quiet();
            conversation_.show_server();
            return ask_name(std::move(entry));
        case EntryStep::Kind::log_in:
            return log_in(std::move(entry));
        case EntryStep::Kind::choose_another:
            return refused(std::move(entry), step.reason, step.code);
        case EntryStep::Kind::enter:
            if (line.kind == "online") conversation_.named(*entry.name);
            return Enter{std::move(entry)};
    }
    return Wait{};
}

NextStep Arrival::log_in(Entry entry) {
    if (!can_be_sent(*entry.name)) return refused(std::move(entry), "A login name cannot contain control characters.");
    if (!entry.link) return connect_again(std::move(entry));
    Credentials credentials = entry.credentials;
    entry.credentials.is_logged_in = false;
    if (credentials.secret.empty() && entry.tries_ticket) {
        const std::string socket = login_socket_of(configuration_.server, configuration_.login_socket);
        const auto ticket = login_ticket(socket, *entry.name, entry.link->connection.fd());
        entry.used_ticket = ticket.has_value();
        credentials.secret = ticket.value_or("");
    }
    entry.link->connection.send(credentials.login(*entry.name));
    return Stage(await_login(std::move(entry)));
}

// A person who takes long over a name need not notice that the server did not wait.
NextStep Arrival::connect_again(Entry entry) {
    auto connected = connect_in_front_of(terminal_, signals_, configuration_.server);
    if (!connected.complaint.empty()) return GiveUp{connected.complaint, connected.hint};
    if (!connected.stream) return End{connected.exit_status};
    entry.link = std::make_unique<Link>(std::move(connected.stream));
    entry.was_replaced = true;
    return Stage(await_welcome(std::move(entry)));
}

void Arrival::check_silence(AwaitingWelcome& stage) {
    if (!stage.silent_at || Deadline::Clock::now() < *stage.silent_at) return;
    stage.silent_at.reset();
    if (terminal_.is_interactive() && !stage.entry.back)
        terminal_.show(silent_server(configuration_.server), {Style::trouble});
}

NextStep Arrival::refused(Entry entry, std::string_view reason, std::string_view code) {
    // A user of this host can still be a guest, or know the password.
    if (std::exchange(entry.used_ticket, false)) {
        entry.tries_ticket = false;
        return log_in(std::move(entry));
    }
    // Nobody else needs to know that we try a name.
    if (entry.link) entry.link->stay_quiet();
    const bool needs_secret = code == "password-required" || code == "wrong-secret";
    if (code == "password-required" && !std::exchange(entry.used_kept, true)) {
        if (auto kept = conversation_.remembered_password(*entry.name)) {
            entry.credentials = {*std::move(kept)};
            return log_in(std::move(entry));
        }
    }
    if (needs_secret && terminal_.is_interactive())
        return ask_password(std::move(entry), code == "wrong-secret" ? reason : "");
    if (entry.back && ++entry.back->names_refused < max_names_refused) {
        if (entry.back->names_refused == 1) terminal_.show(trying_again(reason), {Style::trouble});
        entry.link->connection.send("/quit");
        return TryAgain{*std::move(entry.back), "The server says: " + std::string(reason)};
    }
    if (!entry.was_asked && !terminal_.is_interactive()) return GiveUp{std::string(reason)};
    terminal_.show(reason, {Style::trouble});
    return ask_name(std::move(entry));
}

NextStep Arrival::ask_name(Entry entry) {
    terminal_.show(name_question);
    entry.was_asked = true;
    entry.credentials = {};
    entry.used_kept = false;
    entry.secrets_refused = 0;
    return Stage(Naming{std::move(entry)});
}

NextStep Arrival::ask_password(Entry entry, std::string_view reason) {
    if (!reason.empty()) terminal_.show(reason, {Style::trouble});
    if (!entry.credentials.secret.empty() && ++entry.secrets_refused >= max_secrets_refused)
        return ask_name(std::move(entry));
    if (!terminal_.is_editing()) terminal_.show(password_prompt(*entry.name));
    return Stage(Naming{std::move(entry), true});
}

void Arrival::prompt(const Naming& naming) {
    if (!naming.asks_password) return terminal_.prompt(Terminal::History::forget);
    terminal_.prompt(Terminal::History::hide, password_prompt(*naming.entry.name));
}

NextStep Arrival::typed(Naming naming, std::string_view line) {
    if (naming.asks_password) return typed_password(std::move(naming.entry), line);
    Entry entry = std::move(naming.entry);
    entry.was_replaced = false;
    terminal_.show_typed();
    NameTyped typed = parse_name_typed(line);
    if (!typed.problem.empty()) return refused(std::move(entry), typed.problem);
    entry.name = std::move(typed.name);
    entry.credentials = {std::move(typed.secret)};
    entry.tries_ticket = true;
    return log_in(std::move(entry));
}

NextStep Arrival::typed_password(Entry entry, std::string_view line) {
    terminal_.show_typed("");
    if (line.empty()) return ask_name(std::move(entry));
    entry.credentials = {.secret = std::string(line), .is_typed = true};
    if (const std::string problem = problem_of_secret(line); !problem.empty())
        return ask_password(std::move(entry), problem);
    return log_in(std::move(entry));
}

}  // namespace chat
