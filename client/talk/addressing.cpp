// Choosing who receives plain lines: see addressing.h.
#include "client/talk/addressing.h"

#include "shared/text/text_rules.h"

#include <utility>

namespace chat {

namespace {

// The question whose answer has the target among its rows, if it is there.
std::string_view question_about(const Target& target) {
    if (target.kind == Target::Kind::room) return "/rooms";
    return target.kind == Target::Kind::group ? "/activegroups" : "/active";
}

}  // namespace

std::optional<std::string> Addressing::choose(std::string_view text) {
    const std::string name = trimmed(text);
    auto target = name.empty() ? Target{} : parse_target(name);
    if (!target) return "Usage: /to " + std::string(target_command.usage);
    if (resolve(*target)) {
        chosen(*std::move(target), name);
        return std::nullopt;
    }
    if (!outgoing_.is_connected())
        return not_chosen(*target,
                          "Without a connection it is not known whether you can write to " + target->in_words() + ".");
    const bool is_asked = target->kind == Target::Kind::client && !people_tag_.empty();
    std::string tag = is_asked ? people_tag_ : outgoing_.ask(Asker::client, question_about(*target));
    choice_ = Choice{*std::move(target), name, std::move(tag)};
    return std::nullopt;
}

bool Addressing::takes_next_line() {
    const bool was_typed_before = refuse_next_ > 0;
    if (was_typed_before) --refuse_next_;
    return !was_typed_before && !addressee_.is_gone();
}

void Addressing::ask_who_is_there() {
    if (people_tag_.empty()) people_tag_ = outgoing_.ask(Asker::client, "/active");
}

void Addressing::check() {
    check_ = true;
    outgoing_.check();
    ask_who_is_there();
}

std::vector<std::string> Addressing::answered(std::string_view tag) {
    std::vector<std::string> problems;
    if (choice_ && tag == choice_->tag) {
        if (auto problem = finish_choice()) problems.push_back(*std::move(problem));
    }
    if (tag != people_tag_) return problems;
    people_tag_.clear();
    if (std::exchange(check_, false)) {
        for (std::string& problem : finish_check()) problems.push_back(std::move(problem));
    }
    return problems;
}

std::optional<std::string> Addressing::disconnected() {
    addressee_.disconnected();
    check_ = false;
    people_tag_.clear();
    const auto choice = std::exchange(choice_, std::nullopt);
    if (!choice) return std::nullopt;
    return not_chosen(choice->wanted, "The connection was lost before it was known whether you can write to " +
                                          choice->wanted.in_words() + ".");
}

// Whether the target is known to be there; a client gets its id and its present name.
bool Addressing::resolve(Target& target) const {
    switch (target.kind) {
        case Target::Kind::client: {
            const std::string by_name = directory_.id_of(target.name);
            target.id = by_name.empty() && directory_.name_of(target.name) != target.name ? target.name : by_name;
            if (target.id.empty()) return false;
            target.name = directory_.name_of(target.id);
            return true;
        }
        case Target::Kind::room:
            return target.name == "lobby" || directory_.is_in_room(target.name) ||
                   (!outgoing_.is_connected() && memberships_.wants(target.name));
        case Target::Kind::group:
            return directory_.is_in_group(target.name) && outgoing_.is_connected();
        case Target::Kind::everyone:
            break;
    }
    return true;
}

void Addressing::chosen(Target target, std::string_view typed) {
    addressee_.choose(std::move(target));
    std::string words = addressee_.in_words(directory_);
    if (!typed.empty() && typed == addressee_.target().id) words += " (" + std::string(typed) + ")";
    terminal_.show("What you type goes to " + words + ".", {Style::news});
}

// A person sees the prompt, and with it who receives lines; what they typed before they could see it goes nowhere, and
// neither does what a script says after it.
std::string Addressing::not_chosen(const Target& wanted, std::string why) {
    if (terminal_.is_interactive()) {
        refuse_next_ = terminal_.lines_entered();
    } else {
        addressee_.lose(wanted);
    }
    return why;
}

std::optional<std::string> Addressing::finish_choice() {
    Choice choice = *std::exchange(choice_, std::nullopt);
    if (resolve(choice.wanted)) {
        chosen(std::move(choice.wanted), choice.typed);
        return std::nullopt;
    }
    const std::string name = choice.wanted.in_words();
    switch (choice.wanted.kind) {
        case Target::Kind::client:
            return not_chosen(choice.wanted, "There is no client " + name + ".");
        case Target::Kind::room:
            return not_chosen(choice.wanted,
                              "You are not in " + name + ": type /join " + choice.wanted.name + " first.");
        case Target::Kind::group:
        case Target::Kind::everyone:
            break;
    }
    return not_chosen(choice.wanted, "You are not in " + name + ".");
}

std::vector<std::string> Addressing::finish_check() {
    const auto is_there = [this](const Target& target) {
        return equal_ignoring_case(directory_.name_of(target.id), target.name);
    };
    std::vector<std::string> problems;
    for (const std::string& line : outgoing_.checked(is_there)) problems.push_back("Not sent: " + line);
    if (const auto note = addressee_.check(directory_)) terminal_.show(*note, {Style::trouble});
    return problems;
}

}  // namespace chat
