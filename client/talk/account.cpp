// The commands about accounts: see account.h.
#include "client/talk/account.h"

#include "client/net/login_ticket.h"
#include "shared/text/line.h"
#include "shared/text/text_rules.h"

#include <chrono>
#include <utility>
#include <vector>

namespace chat {

namespace {

using Step = SecretQuestion::Step;

constexpr int most_typed = 3;
// For a server to answer /login.
constexpr std::chrono::seconds login_patience{10};

bool is(std::string_view command, std::string_view name) {
    return equal_ignoring_case(command, name);
}

SecretQuestion login_of(std::string_view name) {
    return {"/login " + std::string(name), {{password_prompt(name)}}};
}

SecretQuestion registration(bool needs_token) {
    std::vector<Step> steps{{"New password: "}, {"New password again: ", true}};
    if (needs_token) steps.push_back({"Invitation (Enter if you have none): ", false, true});
    return {"/register", std::move(steps)};
}

SecretQuestion change_of_password(std::string_view old) {
    std::vector<Step> steps{{"Current password: "}, {"New password: "}, {"New password again: ", true}};
    if (!old.empty()) steps.erase(steps.begin());
    return {"/password" + std::string(old.empty() ? "" : " ") + std::string(old), std::move(steps)};
}

SecretQuestion reset(const std::vector<std::string_view>& words) {
    std::vector<Step> steps{{"Token from the operator: "}, {"New password: "}, {"New password again: ", true}};
    std::string command = "/reset " + std::string(words[0]);
    if (words.size() == 2) {
        steps.erase(steps.begin());
        command += " " + std::string(words[1]);
    }
    return {std::move(command), std::move(steps)};
}

}  // namespace

void Account::welcomed(const ServerLine& welcome) {
    policy_ = welcome.value("accounts");
    assigned_name_ = welcome.value("name");
}

void Account::entered(Credentials credentials) {
    credentials_ = std::move(credentials);
    if (credentials_.is_logged_in && std::exchange(credentials_.is_typed, false))
        typed_unseen(state_.viewer.name, credentials_.secret);
}

// Next time it need not be typed.
void Account::typed_unseen(std::string_view name, std::string_view secret) {
    if (!state_.configuration.server.own_certificate) return remembering_.offer(name, secret);
    state_.terminal.show("/certificate add lets your certificate log in from now on, without the password.",
                         {Style::news});
}

bool Account::takes(std::string_view command, std::string_view text) {
    if (is(command, "/remember")) {
        remembering_.remember(state_.viewer.name, credentials_.secret);
        return true;
    }
    if (is(command, "/forget")) {
        const std::string name = trimmed(text);
        remembering_.forget(name.empty() ? state_.viewer.name : name);
        return true;
    }
    if (!state_.terminal.is_interactive() || !state_.directory.server_has(fold_case(command))) return false;
    const std::vector<std::string_view> words = words_of(text);
    if (is(command, "/login") && words.size() == 1 && state_.outgoing.is_connected()) {
        waits_ = true;
        waits_until_ = Deadline::Clock::now() + login_patience;
        attempts_ = 0;
        send("/login " + std::string(words[0]));
    } else if (is(command, "/register") && (words.empty() || (words.size() == 1 && is(words[0], state_.viewer.name)))) {
        if (policy_ == "open" && state_.viewer.name == assigned_name_) {
            state_.problems.report("Choose a name first, with /login NAME. Nothing was sent.");
            return true;
        }
        state_.terminal.show(
            "A password makes the name " + state_.viewer.name + " yours: only who knows it can use the name.",
            {Style::news});
        ask(registration(policy_ != "open"));
    } else if (is(command, "/password") && words.size() < 2) {
        ask(change_of_password(words.empty() ? "" : words[0]));
    } else if (is(command, "/reset") && (words.size() == 1 || words.size() == 2)) {
        ask(reset(words));
    } else {
        return false;
    }
    return true;
}

void Account::ask(SecretQuestion question) {
    question_ = std::move(question);
    if (!state_.terminal.is_editing()) state_.terminal.show(question_->prompt());
}

void Account::ask_for_password(std::string_view name) {
    asked_name_ = name;
    ++attempts_;
    ask(login_of(name));
}

std::optional<std::string> Account::prompt() const {
    return question_ ? std::optional(question_->prompt()) : std::nullopt;
}

void Account::typed(std::string_view secret) {
    state_.terminal.show_typed("");
    SecretQuestion::Answered answered = question_->answer(secret);
    if (answered.command) {
        question_.reset();
        answered_ = *answered.command;
        return send(answered_);
    }
    if (answered.is_cancelled) {
        (void)cancel();
        return;
    }
    if (!answered.problem.empty()) state_.terminal.show(answered.problem, {Style::trouble});
    if (!state_.terminal.is_editing()) state_.terminal.show(question_->prompt());
}

bool Account::cancel() {
    if (!std::exchange(question_, std::nullopt)) return remembering_.cancel();
    state_.terminal.show("Nothing was sent.", {Style::news});
    return true;
}

void Account::send(const std::string& command) {
    if (!state_.outgoing.say({command, state_.addressee.target()}))
        state_.problems.report("Not sent: too many lines are queued: " + masked(command));
}

void Account::learn(const ServerLine& line, const std::optional<Request>& answered) {
    const bool about_us = !state_.viewer.id.empty() && line.value("id") == state_.viewer.id;
    if (line.kind == "renamed" && about_us) {
        waits_ = false;
        credentials_.is_logged_in = line.value("account") == "yes";
        if (!credentials_.is_logged_in) credentials_.secret.clear();
    }
    if (!answered || answered->asker != Asker::person || answered->is_repeated) return;
    const ClientLine sent = parse_client_line(answered->typed);
    const std::vector<std::string_view> words = words_of(sent.text);
    const bool is_login = is(sent.command, "/login");
    const bool was_typed_unseen = !answered_.empty() && answered->typed == answered_;
    if (was_typed_unseen) answered_.clear();
    if (is_login && words.size() == 1) waits_ = false;
    if (line.kind == "account") {
        credentials_.is_logged_in = true;
        const std::size_t place = is_login ? 1 : 0;
        const bool has_password = words.size() > place && !words[place].starts_with("ticket:");
        credentials_.secret = has_password ? words[place] : std::string_view{};
        ticket_name_.clear();
        kept_name_.clear();
        if (was_typed_unseen) typed_unseen(line.value("name"), credentials_.secret);
    }
    if (line.kind == "ok" && is(sent.command, "/reset") && !words.empty()) remembering_.changed(words[0]);
    if (line.kind == "ok" && is(sent.command, "/password") && words.size() == 2) {
        if (!credentials_.secret.empty()) credentials_.secret = words[1];
        remembering_.changed(state_.viewer.name);
        if (was_typed_unseen) typed_unseen(state_.viewer.name, words[1]);
    }
}

bool Account::takes_refusal(const ServerLine& line, const Request& request) {
    const ClientLine sent = parse_client_line(request.typed);
    const bool is_login = request.asker == Asker::person && !request.own_tag && is(sent.command, "/login");
    if (!is_login || line.kind != "error" || !state_.terminal.is_interactive()) return false;
    const std::string_view code = line.value("code");
    const std::vector<std::string_view> words = words_of(sent.text);
    if (words.empty()) return false;
    if (const std::string name = std::exchange(ticket_name_, {}); words.size() == 2 && is(words[0], name)) {
        ask_for_password(name);
        return true;
    }
    if (words.size() == 1 && code == "password-required") {
        const auto ticket =
            login_ticket(login_socket_of(state_.configuration.server, state_.configuration.login_socket), words[0],
                         state_.outgoing.connection_fd());
        if (ticket) {
            ticket_name_ = words[0];
            send("/login " + std::string(words[0]) + " " + *ticket);
        } else if (const auto kept = remembering_.recall(words[0])) {
            kept_name_ = words[0];
            send("/login " + std::string(words[0]) + " " + *kept);
        } else {
            ask_for_password(words[0]);
        }
        return true;
    }
    const bool is_of_kept = words.size() == 2 && is(words[0], std::exchange(kept_name_, {}));
    const bool is_of_asked = words.size() == 2 && is(words[0], asked_name_) && attempts_ < most_typed;
    if (code == "wrong-secret" && (is_of_kept || is_of_asked)) {
        state_.display.show(line);
        ask_for_password(words[0]);
        return true;
    }
    asked_name_.clear();
    return false;
}

void Account::disconnected() {
    waits_ = false;
    ticket_name_.clear();
    kept_name_.clear();
    answered_.clear();
    remembering_.lapse();
    (void)cancel();
}

}  // namespace chat
