// Who and what the client has heard of: see directory.h.
#include "client/directory.h"

#include "shared/line.h"
#include "shared/text_rules.h"

#include <algorithm>

namespace chat {

namespace {

// Whatever a server says: only what can be typed is worth completing.
bool is_number(std::string_view text) {
    return !text.empty() && text.size() <= 20 &&
           std::all_of(text.begin(), text.end(), [](char c) { return c >= '0' && c <= '9'; });
}

void insert(std::set<std::string>& words, std::string_view word) {
    if (words.size() >= Directory::most) words.erase(words.begin());
    words.emplace(word);
}

}  // namespace

void Directory::learn(const ServerLine& line) {
    const std::string_view id = line.value("id");
    const std::string_view name = line.value("name");
    if (line.kind == "help" && line.text) {
        learn_command(line.value("command"), split_first_word(*line.text).rest);
    } else if (line.kind == "offline") {
        people_.erase(std::string(id));
    } else if (line.kind == "message") {
        learn_client(line.value("from"), name);
        learn_channel(line.value("to"));
    } else if (line.kind == "room") {
        if (is_name(name)) insert(rooms_, name);
    } else if (line.kind == "group") {
        if (is_number(id)) insert(groups_, id);
    } else {
        learn_client(id, name);
        if (is_name(line.value("room"))) insert(rooms_, line.value("room"));
        if (is_number(line.value("group"))) insert(groups_, line.value("group"));
    }
}

void Directory::learn_client(std::string_view id, std::string_view name) {
    if (!is_number(id) || !is_name(name)) return;
    if (people_.size() >= most) people_.erase(people_.begin());
    people_[std::string(id)] = name;
}

void Directory::learn_channel(std::string_view to) {
    if (to.starts_with("room:") && is_name(to.substr(5))) insert(rooms_, to.substr(5));
    if (to.starts_with("group:") && is_number(to.substr(6))) insert(groups_, to.substr(6));
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

std::string Directory::usage(std::string_view command) const {
    const auto found = commands_.find(fold_case(command));
    return found == commands_.end() ? "" : found->second;
}

std::vector<std::string> Directory::names() const {
    std::vector<std::string> all;
    for (const auto& [id, name] : people_) all.push_back(name);
    return all;
}

std::vector<std::string> Directory::ids() const {
    std::vector<std::string> all;
    for (const auto& [id, name] : people_) all.push_back(id);
    return all;
}

}  // namespace chat
