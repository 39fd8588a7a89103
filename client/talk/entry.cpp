// The way into the chat: see entry.h.
#include "client/talk/entry.h"

#include "client/talk/requests.h"

#include <algorithm>

namespace chat {

using Kind = EntryStep::Kind;

namespace {

constexpr std::string_view quiet_tag = "quiet";

std::string hint_about(const ServerLine& refusal) {
    const std::string_view code = refusal.value("code");
    if (code == "banned") return "Only the server's operator can lift this.";
    if (code != "limit") return {};
    if (refusal.text.value_or("").ends_with("from your address"))
        return "Close another one first; the server's operator can raise limits.max_per_address.";
    return "The server is full. Try again later; its operator can raise limits.max_clients.";
}

}  // namespace

void Link::stay_quiet() {
    if (!std::exchange(is_quiet, true)) connection.send(tagged(quiet_tag, "/quiet"));
}

Entry arriving(Connection connection, Visitor visitor) {
    Entry entry;
    entry.link = std::make_unique<Link>(std::move(connection));
    entry.name = std::move(visitor.name);
    entry.was_asked = visitor.was_asked;
    entry.credentials.secret = std::move(visitor.secret);
    entry.asks_name = visitor.is_to_be_asked;
    return entry;
}

Entry returning(std::unique_ptr<Stream> stream, Return back) {
    Entry entry;
    entry.link = std::make_unique<Link>(std::move(stream));
    entry.name = back.name;
    entry.credentials = back.credentials;
    entry.back = std::move(back);
    return entry;
}

bool answers_quiet(const ServerLine& line) {
    return line.value("tag") == quiet_tag;
}

void learn_end(Link& link, const ServerLine& offline) {
    const std::string_view reason = offline.value("reason");
    link.was_kicked = link.was_kicked || reason == "kicked";
    link.stops = reason == "shutdown";
}

std::string ban_in_words(const ServerLine& refusal) {
    // What the server says if the operator gave no reason.
    constexpr std::string_view no_reason = "You are banned";
    const std::string words = "You are banned from this server";
    return !refusal.text || refusal.text->empty() || *refusal.text == no_reason ? words + "."
                                                                                : words + ": " + *refusal.text;
}

std::string trying_again(std::string_view reason) {
    if (reason.ends_with('.')) reason.remove_suffix(1);
    return std::string(reason) + "; trying again.";
}

EntryStep step_at_welcome(const Entry& entry, const ServerLine& line) {
    if (line.kind == "refused" && line.value("code") == "banned")
        return {Kind::refuse_for_good, ban_in_words(line), false, {}, hint_about(line)};
    if (line.kind == "refused")
        return {Kind::refuse, line.text.value_or("The server refused the connection."), false, {}, hint_about(line)};
    // It always speaks first, with one of the two.
    if (line.kind != "welcome") return {Kind::refuse_for_good, {}, false};
    if (entry.name) return {Kind::log_in, {}, false};
    return entry.asks_name ? EntryStep{Kind::ask_name, {}, false} : EntryStep{Kind::enter, {}, true};
}

EntryStep step_at_login(const Entry& entry, const ServerLine& line, const Viewer& viewer) {
    const bool is_first = !entry.back;
    const bool about_us = line.value("id") == viewer.id;
    if (line.kind == "error")
        return {Kind::choose_another, line.text.value_or("The server refused the name."), false,
                std::string(line.value("code"))};
    // Somebody has tried to guess the password.
    if (line.kind == "account") return {Kind::wait, {}, is_first || !line.value("failed").starts_with('0')};
    // If nobody saw the assigned name, our arrival under the chosen one is the only news.
    if (line.kind == "renamed" && about_us) return {Kind::enter, {}, is_first && entry.link->announced};
    if (line.kind == "online" && about_us && line.value("name") == *entry.name) return {Kind::enter, {}, true};
    return {Kind::wait, {}, is_first && !entry.asks_name};
}

bool can_be_sent(std::string_view name) {
    return std::none_of(name.begin(), name.end(), [](char c) { return (c >= 0 && c < ' ') || c == '\x7F'; });
}

}  // namespace chat
