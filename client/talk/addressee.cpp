// Who receives plain lines: see addressee.h.
#include "client/talk/addressee.h"

#include "shared/text/text_rules.h"

#include <string_view>
#include <utility>

namespace chat {

std::string Addressee::in_words(const Directory& known) const {
    return target_.kind == Target::Kind::group && !gone_ ? group_in_words(target_.name, known) : target_.in_words();
}

std::string Addressee::in_prompt(const Directory& known, std::size_t columns) const {
    const bool has_members = target_.kind == Target::Kind::group && !gone_;
    return has_members ? shortened(group_in_prompt(target_.name, known), columns) : target_.short_name();
}

void Addressee::choose(Target target) {
    target_ = std::move(target);
    gone_ = false;
    chosen_name_ = target_.kind == Target::Kind::client ? target_.name : "";
    same_name_.clear();
}

void Addressee::lose(Target wanted) {
    choose(std::move(wanted));
    gone_ = true;
}

std::optional<std::string> Addressee::lost() {
    gone_ = true;
    return target_.in_words() + " is gone: /to sets who receives what you type.";
}

std::optional<std::string> Addressee::learn(const ServerLine& line, const Viewer& viewer) {
    const bool about_us = !viewer.id.empty() && line.value("id") == viewer.id;
    switch (target_.kind) {
        case Target::Kind::client:
            return learn_of_person(line);
        case Target::Kind::group:
            if (line.kind == "group-left" && about_us && line.value("group") == target_.name && !gone_) return lost();
            return std::nullopt;
        case Target::Kind::room:
            if (target_.name == "lobby" || !about_us || !equal_ignoring_case(line.value("room"), target_.name))
                return std::nullopt;
            if (line.kind == "joined") gone_ = false;
            if ((line.kind == "left" || line.kind == "kicked") && !gone_) return lost();
            return std::nullopt;
        case Target::Kind::everyone:
            break;
    }
    return std::nullopt;
}

std::optional<std::string> Addressee::learn_of_person(const ServerLine& line) {
    if (line.kind == "undelivered" && line.value("to") == target_.id && !gone_) return lost();
    const std::string_view id = client_in(line);
    const std::string_view name = line.value("name");
    if (id.empty() || name.empty() || target_.id.empty()) return std::nullopt;
    if (id == target_.id) {
        if (line.kind == "offline" && !gone_) return lost();
        if (line.kind == "renamed") target_.name = name;
        return std::nullopt;
    }
    const bool has_the_name = line.kind != "offline" && equal_ignoring_case(name, chosen_name_);
    if (!has_the_name || !same_name_.emplace(id).second) return std::nullopt;
    const std::string other = std::string(name) + " (" + std::string(id) + ")";
    const bool renamed = !equal_ignoring_case(target_.name, chosen_name_);
    if (!renamed) gone_ = true;
    if (gone_) return other + " may be somebody else. Type /to " + std::string(name) + " to write to them.";
    return other + " is somebody else. What you type goes to " + target_.name + ".";
}

void Addressee::not_found(const Target& receiver) {
    if (receiver.kind == Target::Kind::client && receiver.id == target_.id) gone_ = true;
}

void Addressee::disconnected() {
    if (target_.kind == Target::Kind::group) gone_ = true;
}

std::optional<std::string> Addressee::check(const Directory& known) {
    if (target_.kind != Target::Kind::client || gone_ || target_.id.empty()) return std::nullopt;
    if (equal_ignoring_case(known.name_of(target_.id), target_.name)) return std::nullopt;
    return lost();
}

}  // namespace chat
