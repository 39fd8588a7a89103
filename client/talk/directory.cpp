// Who and what the client knows of: see directory.h.
#include "client/talk/directory.h"

#include "client/talk/target.h"
#include "shared/text/line.h"
#include "shared/text/text_rules.h"

#include <algorithm>
#include <array>

namespace chat {

namespace {

// Whatever the server sends, only what can be typed is worth completing.
bool is_number(std::string_view text) {
    return !text.empty() && text.size() <= 20 &&
           std::all_of(text.begin(), text.end(), [](char c) { return c >= '0' && c <= '9'; });
}

// `48213,51990`
std::vector<std::string> ids_in(std::string_view list) {
    std::vector<std::string> ids;
    while (!list.empty() && ids.size() < Directory::most) {
        const std::string_view id = list.substr(0, list.find(','));
        if (is_number(id)) ids.emplace_back(id);
        list.remove_prefix(std::min(id.size() + 1, list.size()));
    }
    return ids;
}

void insert(std::set<std::string>& words, std::string_view word) {
    if (words.size() >= Directory::most) words.erase(words.begin());
    words.emplace(word);
}

}  // namespace

std::string_view client_in(const ServerLine& line) {
    constexpr std::array<std::string_view, 4> from_somebody = {"message", "file", "receipt", "invite"};
    constexpr std::array<std::string_view, 15> about_somebody = {
        "welcome", "client", "online",       "offline",    "renamed",     "away",     "joined",      "left",
        "kicked",  "op",     "group-joined", "group-left", "group-admin", "declined", "join-request"};
    const auto is_one_of = [&line](const auto& kinds) {
        return std::find(kinds.begin(), kinds.end(), line.kind) != kinds.end();
    };
    if (line.value("kept") == "yes") return {};
    if (is_one_of(from_somebody)) return line.value("from");
    return is_one_of(about_somebody) ? line.value("id") : std::string_view{};
}

void Directory::learn(const ServerLine& line) {
    const std::string_view id = line.value("id");
    const std::string_view name = line.value("name");
    learn_membership(line);
    if (line.kind == "history" || line.value("kept") == "yes") return;
    if (line.kind == "help" && line.text) {
        learn_command(line.value("command"), split_first_word(*line.text).rest);
        // One row alone is the answer about one command.
        if (line.value("command").starts_with('/') && heard_commands_.size() < most)
            heard_commands_.insert(fold_case(line.value("command")));
    } else if (line.kind == "end" && line.value("of") == "help") {
        if (heard_commands_.size() > 1) server_commands_ = heard_commands_;
        heard_commands_.clear();
    } else if (line.kind == "offline") {
        people_.erase(std::string(id));
        for (auto& [group, members] : groups_) std::erase(members, id);
    } else if (line.kind == "welcome") {
        own_id_ = id;
        people_.clear();
        groups_.clear();
        own_rooms_.clear();
        own_groups_.clear();
        learn_client(id, name);
    } else if (line.kind == "message") {
        learn_client(client_in(line), name);
        learn_channel(line.value("to"));
    } else if (line.kind == "room") {
        if (is_room_name(name)) insert(rooms_, name);
    } else if (line.kind == "group") {
        if (Members* members = learn_group(id)) *members = ids_in(line.value("members"));
    } else {
        learn_client(client_in(line), name);
        if (is_room_name(line.value("room"))) insert(rooms_, line.value("room"));
        learn_members(line);
    }
}

Directory::Members* Directory::learn_group(std::string_view group) {
    if (!is_number(group)) return nullptr;
    if (groups_.size() >= most && !groups_.contains(group)) groups_.erase(groups_.begin());
    return &groups_[std::string(group)];
}

// A new member does not receive the list of members; a former one receives no further changes.
void Directory::learn_members(const ServerLine& line) {
    Members* members = learn_group(line.value("group"));
    const std::string_view id = line.value("id");
    const bool comes = line.kind == "group-joined";
    if (members == nullptr || (!comes && line.kind != "group-left")) return;
    std::erase(*members, id);
    if (id == own_id_) {
        members->clear();
    } else if (comes && !members->empty() && members->size() < most && is_number(id)) {
        members->emplace_back(id);
    }
}

void Directory::learn_membership(const ServerLine& line) {
    const bool about_us = !own_id_.empty() && line.value("id") == own_id_;
    const std::string_view kind = line.kind;
    if (kind == "group") {
        const auto members = ids_in(line.value("members"));
        const bool in = std::find(members.begin(), members.end(), own_id_) != members.end();
        if (in && is_number(line.value("id")) && own_groups_.size() < most) own_groups_.emplace(line.value("id"));
        if (!in) own_groups_.erase(std::string(line.value("id")));
    } else if (kind == "room") {
        if (line.value("you") == "yes" && is_room_name(line.value("name")))
            insert(own_rooms_, fold_case(line.value("name")));
        if (line.value("you") == "no") own_rooms_.erase(fold_case(line.value("name")));
    } else if (!about_us) {
        return;
    } else if (kind == "group-joined" && is_number(line.value("group")) && own_groups_.size() < most) {
        own_groups_.emplace(line.value("group"));
    } else if (kind == "group-left") {
        own_groups_.erase(std::string(line.value("group")));
    } else if (kind == "joined" && is_room_name(line.value("room"))) {
        insert(own_rooms_, fold_case(line.value("room")));
    } else if (kind == "left" || kind == "kicked") {
        own_rooms_.erase(fold_case(line.value("room")));
    }
}

void Directory::learn_client(std::string_view id, std::string_view name) {
    if (!is_number(id) || !is_name(name)) return;
    if (people_.size() >= most) people_.erase(people_.begin());
    people_[std::string(id)] = name;
}

void Directory::learn_channel(std::string_view to) {
    if (to.starts_with("room:") && is_room_name(to.substr(5))) insert(rooms_, to.substr(5));
    if (to.starts_with("group:")) (void)learn_group(to.substr(6));
}

void Directory::learn_command(std::string_view name, std::string_view usage) {
    if (!name.starts_with('/') || name.size() > max_name_size || !is_clean_text(name)) return;
    if (commands_.size() < most && !own_commands_.contains(fold_case(name))) commands_[fold_case(name)] = usage;
}

void Directory::learn_own_command(std::string_view name, std::string_view usage) {
    learn_command(name, usage);
    own_commands_.insert(fold_case(name));
}

std::vector<std::string> Directory::commands() const {
    std::vector<std::string> all;
    for (const auto& [name, usage] : commands_) all.push_back(name);
    return all;
}

bool Directory::server_has(std::string_view command) const {
    return server_commands_.empty() || server_commands_.contains(command);
}

std::string Directory::usage(std::string_view command) const {
    const auto found = commands_.find(fold_case(command));
    return found == commands_.end() ? "" : found->second;
}

std::vector<std::string> Directory::names() const {
    std::vector<std::string> all;
    for (const auto& [id, name] : people_) all.push_back(name);
    return all;
}

std::vector<std::string> Directory::groups() const {
    std::vector<std::string> all;
    for (const auto& [group, members] : groups_) all.push_back(group);
    return all;
}

std::string Directory::name_of(std::string_view id) const {
    const auto found = people_.find(id);
    return found == people_.end() ? std::string(id) : found->second;
}

std::string Directory::id_of(std::string_view name) const {
    const auto found = std::find_if(people_.begin(), people_.end(),
                                    [name](const auto& person) { return equal_ignoring_case(person.second, name); });
    return found == people_.end() ? "" : found->first;
}

std::vector<std::string> Directory::others_in(std::string_view group) const {
    const auto found = groups_.find(group);
    if (found == groups_.end()) return {};
    std::vector<std::string> others;
    for (const std::string& id : found->second) {
        if (id != own_id_) others.push_back(name_of(id));
    }
    const bool one_is_in = others.size() < found->second.size();
    return one_is_in ? others : std::vector<std::string>{};
}

std::vector<std::string> Directory::ids() const {
    std::vector<std::string> all;
    for (const auto& [id, name] : people_) all.push_back(id);
    return all;
}

}  // namespace chat
