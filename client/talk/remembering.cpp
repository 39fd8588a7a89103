// Remembering passwords: see remembering.h.
#include "client/talk/remembering.h"

#include "client/terminal/edited_line.h"
#include "shared/text/text_rules.h"

#include <cstdlib>
#include <cstring>
#include <utility>

namespace chat {

namespace {

// With ~ for the home directory.
std::string shown(const std::string& path) {
    const char* home = std::getenv("HOME");
    const bool is_at_home = home != nullptr && *home != '\0' && path.starts_with(std::string(home) + "/");
    return is_at_home ? "~" + path.substr(std::strlen(home)) : path;
}

}  // namespace

void Remembering::offer(std::string_view name, std::string_view secret) {
    offered_.reset();
    if (!is_possible() || secret.empty()) return;
    const std::string path = store_.path_of(configuration_.server, name);
    if (path.empty() || store_.find(configuration_.server, name).secret == secret) return;
    offered_ = Offer{std::string(name), std::string(secret)};
}

void Remembering::ask() {
    if (!offered_ || offered_->is_asked) return;
    const std::string& name = offered_->name;
    const std::string path = shown(store_.path_of(configuration_.server, name));
    if (terminal_.lines_entered() > 0 || has_input()) {
        terminal_.show("/remember keeps the password of " + name + " for the next start, in " + path +
                           ", which only you can read.",
                       {Style::news});
        return offered_.reset();
    }
    terminal_.show("Remember the password of " + name + " for the next start, in " + path +
                       ", which only you can read? Type yes or no.",
                   {Style::news});
    offered_->is_asked = true;
}

bool Remembering::takes(std::string_view line) {
    if (!is_asking()) return false;
    const Offer offer = *std::exchange(offered_, std::nullopt);
    const std::string answer = trimmed(line);
    const bool is_yes = equal_ignoring_case(answer, "yes") || equal_ignoring_case(answer, "y");
    const bool is_no = equal_ignoring_case(answer, "no") || equal_ignoring_case(answer, "n") || answer.empty();
    if (!is_yes && !is_no) return false;
    terminal_.show_typed();
    if (is_yes)
        remember(offer.name, offer.secret);
    else
        terminal_.show("It is not remembered.", {Style::news});
    return true;
}

bool Remembering::cancel() {
    if (!is_asking()) return false;
    offered_.reset();
    terminal_.show("It is not remembered.", {Style::news});
    return true;
}

void Remembering::remember(std::string_view name, std::string_view secret) {
    if (!is_possible()) {
        terminal_.show(terminal_.is_interactive() ? "The setting remember_passwords is false: nothing is remembered."
                                                  : "Passwords are remembered only for a person at a terminal.",
                       {Style::trouble});
        return;
    }
    if (secret.empty()) {
        terminal_.show("You did not log in with a password: there is nothing to remember.", {Style::trouble});
        return;
    }
    const std::string problem = store_.keep(configuration_.server, name, secret);
    if (problem.empty())
        terminal_.show("The password of " + std::string(name) + " is remembered. /forget removes it.", {Style::news});
    else
        terminal_.show("The password cannot be remembered: " + problem, {Style::trouble});
}

void Remembering::forget(std::string_view name) {
    const auto [was_kept, problem] = store_.forget(configuration_.server, name);
    const std::string whose = "of " + std::string(name) + " at " + configuration_.server.written();
    if (was_kept)
        terminal_.show("The password " + whose + " is forgotten.", {Style::news});
    else if (problem.empty())
        terminal_.show("No password " + whose + " is remembered.", {Style::news});
    else
        terminal_.show("The password cannot be removed: " + problem, {Style::trouble});
}

std::optional<std::string> Remembering::recall(std::string_view name) {
    if (!is_possible()) return std::nullopt;
    auto [secret, problem] = store_.find(configuration_.server, name);
    if (!problem.empty()) terminal_.show("The remembered password is not used: " + problem, {Style::trouble});
    return secret.empty() ? std::nullopt : std::optional(std::move(secret));
}

}  // namespace chat
