// What each line means for the conversation, the server's and the person's: see chat.h.
#include "client/chat.h"
#include "client/membership_view.h"
#include "client/name_prompt.h"
#include "shared/line.h"
#include "shared/text_rules.h"

#include <algorithm>
#include <charconv>
#include <ctime>
#include <utility>

namespace chat {

namespace {

using std::chrono::seconds;

constexpr seconds patience_for_login{30};
// The server may not have noticed yet that the lost connection is gone, and hold the name for it.
constexpr int most_names_refused = 6;
// The names of more people than this are learnt as they speak, not by asking for all of them.
constexpr unsigned few_people = 200;

bool is_quit(std::string_view line) {
    const std::string_view command = parse_client_line(line).command;
    return equal_ignoring_case(command, "/quit") || equal_ignoring_case(command, "/exit");
}

bool can_be_sent(std::string_view name) {
    return std::none_of(name.begin(), name.end(), [](char c) { return (c >= 0 && c < ' ') || c == '\x7F'; });
}

unsigned number(std::string_view text) {
    unsigned value = 0;
    (void)std::from_chars(text.data(), text.data() + text.size(), value);
    return value;
}

}  // namespace

void Chat::heard(const ServerLine& line) {
    const bool about_us = !viewer_.id.empty() && line.value("id") == viewer_.id;
    if (line.kind == "renamed" && about_us) viewer_.name = line.value("name");
    if (line.kind == "renamed" && about_us && stage_ == Stage::talking) kept_name_ = viewer_.name;
    if (line.kind == "offline" && about_us && line.value("reason") == "kicked") unwanted_ = true;
    if ((line.kind == "joined" || line.kind == "left") && about_us) note_room(line);
    directory_.learn(line);

    const auto answered = outgoing_.answered(line);
    if (stage_ == Stage::welcome) {
        heard_welcome(line);
    } else if (stage_ == Stage::login) {
        heard_at_login(line);
    } else if (stage_ == Stage::leaving && (line.kind == "bye" || (line.kind == "offline" && about_us))) {
        // Who leaves knows it.
    } else {
        heard_in_chat(line, answered);
    }
    if (line.kind == "online" && about_us) own_arrival_shown_ = true;
}

void Chat::heard_in_chat(const ServerLine& line, const std::optional<Request>& answered) {
    for (const auto& companion : companions_) {
        if (companion->heard(*this, line)) return;
    }
    if (answered && answered->asker == Asker::client && line.kind != "error") return;
    if (answered && line.kind == "ok" && !answered->own_tag) return;
    if (line.kind == "help" && companion_for(line.value("command")) != nullptr) return;
    const bool about_us = line.value("id") == viewer_.id;
    // Who comes into a group is not told who else is in it.
    if (line.kind == "group-joined" && about_us && terminal_.has_person())
        (void)outgoing_.ask(Asker::client, "/activegroups");
    if (line.kind == "online" && about_us) {
        // Few enough to know them all by name.
        if (terminal_.has_person() && number(line.value("count")) <= few_people)
            (void)outgoing_.ask(Asker::client, "/active");
        if (away_said_) {
            away_said_ = false;
            return;
        }
    }
    say(line);
    if (line.kind == "end" && line.value("of") == "help") show_own_commands();
    if (answered && answered->asker == Asker::person && line.kind == "error") refused(*answered, line);
    if (line.kind == "undelivered" && !terminal_.has_person()) not_done(line.text.value_or("undelivered"));
}

// A person has the server's words above; of a command they say enough.
void Chat::refused(const Request& request, const ServerLine& error) {
    const std::string words = (request.is_text ? "Not sent: " : "Refused: ") + request.typed;
    if (!terminal_.has_person()) return not_done(words + " (" + error.text.value_or("no reason given") + ")");
    if (request.is_text) not_done(words);
}

void Chat::note_room(const ServerLine& line) {
    const std::string room(line.value("room"));
    const bool in = line.kind == "joined";
    if (equal_ignoring_case(room, "lobby")) {
        left_lobby_ = !in;
        return;
    }
    std::erase_if(rooms_, [&room](const std::string& known) { return equal_ignoring_case(known, room); });
    if (in) rooms_.push_back(room);
}

void Chat::heard_welcome(const ServerLine& line) {
    if (line.kind == "refused") {
        const std::string reason = line.text.value_or("The server refused the connection.");
        return back_ ? go_away("The server says: " + reason) : finish(1, reason);
    }
    if (line.kind != "welcome") return say(line);
    viewer_ = {std::string(line.value("id")), std::string(line.value("name"))};
    if (back_) visitor_.name = kept_name_;
    if (visitor_.name) return log_in();
    came_in();
    say(line);
}

void Chat::heard_at_login(const ServerLine& line) {
    const bool about_us = line.value("id") == viewer_.id;
    if (line.kind == "error") return login_refused(line.text.value_or("The server refused the name."));
    if (line.kind == "renamed" && about_us) {
        const bool is_news = own_arrival_shown_ && !back_;
        came_in();
        // Where nobody has seen the assigned name, coming in under the chosen one is all the news.
        if (is_news) say(line);
        return;
    }
    if (line.kind == "online" && about_us && line.value("name") == *visitor_.name) {
        viewer_.name = *visitor_.name;
        came_in();
    }
    if (!back_) say(line);
}

void Chat::log_in() {
    if (!can_be_sent(*visitor_.name)) return login_refused("A login name cannot have control characters.");
    connection_->send("/login " + *visitor_.name);
    wait_at_most(Stage::login, patience_for_login);
}

void Chat::came_in() {
    if (visitor_.was_asked && !was_in_) terminal_.show("");
    stage_ = Stage::talking;
    was_in_ = true;
    kept_name_ = viewer_.name;
    names_refused_ = 0;
    in_since_ = Clock::now();
    if (std::exchange(back_, false)) came_back();
    std::vector<std::string> first;
    for (const std::string& room : rooms_) first.push_back("/join " + room);
    if (left_lobby_) first.emplace_back("/leave lobby");
    if (terminal_.edits() && directory_.usage("/help").empty()) first.emplace_back("/help");
    outgoing_.connected(*connection_, first);
}

void Chat::came_back() {
    terminal_.show("Connected again, as " + viewer_.name + ".", {Style::news});
    // The server knows us as someone new, who is in no group.
    if (outgoing_.target.kind != Target::Kind::group) return;
    outgoing_.target = {};
    terminal_.show("Groups are left with the connection: what you type goes to the lobby.", {Style::news});
}

void Chat::login_refused(std::string_view reason) {
    if (back_ && ++names_refused_ < most_names_refused) {
        connection_->send("/quit");
        return go_away("The server says: " + std::string(reason));
    }
    if (!visitor_.was_asked && !terminal_.has_person()) return finish(1, reason);
    terminal_.show(reason, {Style::trouble});
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
    quit_typed_ |= is_quit(line);
    if (line.empty()) return;
    if (is_quit(line)) return leave_in_time(line);
    const auto [tag, command, text] = parse_client_line(line);
    if (tag.empty() && equal_ignoring_case(command, talk_to_command.name)) return talk_to(text);
    if (Companion* companion = tag.empty() ? companion_for(command) : nullptr)
        return companion->typed(*this, command, text);
    if (!outgoing_.say(line)) not_done("Not sent, for too many lines wait: " + line);
}

std::string Chat::ask(std::string_view command) {
    return outgoing_.ask(Asker::companion, command);
}

void Chat::talk_to(std::string_view text) {
    const std::string name = trimmed(text);
    const auto target = name.empty() ? Target{} : parse_target(name);
    if (!target) return terminal_.show("Usage: /to " + std::string(talk_to_command.usage), {Style::trouble});
    outgoing_.target = *target;
    std::string words = target->in_words();
    if (target->kind == Target::Kind::group) words = group_in_words(target->name, directory_);
    if (const std::string known = directory_.name_of(target->name); known != target->name)
        words = known + " (" + words + ")";
    terminal_.show("What you type goes to " + words + ".", {Style::news});
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
        terminal_.show(help_row(std::string(command.name) + " " + std::string(command.usage) + " — " +
                                std::string(command.meaning)));
    }
}

void Chat::say(const ServerLine& line) {
    const std::time_t now = std::time(nullptr);
    const auto words = sentence(line, viewer_, now, directory_);
    if (!words) return;
    Look look = look_of(line, viewer_, *words);
    std::string stamp = configuration_.timestamps ? clock_time(now) + " " : "";
    look.begin += stamp.size();
    if (look.end != std::string_view::npos) look.end += stamp.size();
    terminal_.show(stamp + *words, look);
    if (line.kind == "message") attention_.message(is_for(line, viewer_), *words);
}

}  // namespace chat
