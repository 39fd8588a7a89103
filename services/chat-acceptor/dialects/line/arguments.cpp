// Spellings of clients, groups and files.
#include "chat-acceptor/dialects/line/arguments.h"

#include "shared/memory/client_table.h"
#include "shared/text/hex.h"
#include "shared/text/line.h"

namespace chat {
namespace {

// Does it look like a group's number? With another number of digits it is a client's id or name.
bool is_group_number(std::string_view word) noexcept {
    constexpr std::size_t digits = 4;
    return word.size() == digits && whole_number<std::uint32_t>(word);
}

}  // namespace

ClientReference client_reference(std::string_view word) noexcept {
    constexpr std::size_t digits = 5;
    const auto id = word.size() == digits ? whole_number<std::uint32_t>(word) : std::nullopt;
    return {word, id && *id >= lowest_client_id ? *id : 0};
}

GroupReference group_reference(std::string_view word) noexcept {
    constexpr std::string_view prefix = "group:";
    const auto id = whole_number<std::uint32_t>(word.starts_with(prefix) ? word.substr(prefix.size()) : word);
    return {word, id.value_or(0)};
}

FileTarget file_target(std::string_view word) noexcept {
    constexpr std::string_view room_prefix = "room:";
    constexpr std::string_view group_prefix = "group:";
    if (word.starts_with(room_prefix)) return {FileTarget::Kind::room, room_name(word.substr(room_prefix.size())), 0};
    const bool is_group = word.starts_with(group_prefix);
    if (is_group) word.remove_prefix(group_prefix.size());
    if (is_group_number(word)) return {FileTarget::Kind::group, word, group_reference(word).id};
    if (is_group) return {FileTarget::Kind::group, word, 0};
    return {FileTarget::Kind::client, word, client_reference(word).id};
}

std::vector<ClientReference> client_references(std::string_view words) {
    std::vector<ClientReference> clients;
    while (!words.empty()) {
        const auto [word, rest] = split_first_word(words);
        words = rest;
        if (!word.empty()) clients.push_back(client_reference(word));
    }
    return clients;
}

Act quit(const Arguments& arguments) {
    if (arguments.text == "killed") return act::Quit{LeaveReason::killed, {}};
    return act::Quit{LeaveReason::quit, arguments.text};
}

Act log_in(const Arguments& arguments) {
    const std::string_view words = arguments.text.substr(0, arguments.text.find_last_not_of(' ') + 1);
    const std::size_t space = words.find(' ');
    if (space == std::string_view::npos || space == 0) return act::Rename{words};
    return act::LogIn{words.substr(0, space), words.substr(space + 1)};
}

Act register_name(const Arguments& arguments) {
    return act::RegisterName{arguments.first, arguments.second};
}

Act change_password(const Arguments& arguments) {
    return act::ChangePassword{arguments.first, arguments.second};
}

Act reset_password(const Arguments& arguments) {
    return act::ResetPassword{arguments.first, arguments.second, arguments.third};
}

Act offer_file(const Arguments& arguments) {
    return act::OfferFile{file_target(arguments.first), whole_number<std::uint64_t>(arguments.second),
                          read_hex<Sha256Sum>(arguments.third), arguments.text};
}

}  // namespace chat
