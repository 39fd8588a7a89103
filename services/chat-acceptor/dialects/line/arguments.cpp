// Spellings of clients, groups and files.
#include "chat-acceptor/dialects/line/arguments.h"

#include "shared/system/clock.h"
#include "shared/text/hex.h"
#include "shared/text/line.h"
#include "shared/text/moment.h"

#include <algorithm>
#include <array>
#include <string>
#include <utility>

namespace chat {
namespace {

constexpr std::size_t longest_moment = 40;  // bytes of a time

// Does it look like a group's number? With another number of digits it is a client's id or name.
bool is_group_number(std::string_view word) noexcept {
    constexpr std::size_t digits = 4;
    return word.size() == digits && whole_number<std::uint32_t>(word);
}

// What follows the place in /history; empty if it has another form.
std::optional<act::ShowHistory> read_selectors(std::string_view words) {
    using Select = act::ShowHistory::Select;
    constexpr std::array<std::pair<std::string_view, Select>, 4> selectors = {
        {{"before", Select::before}, {"after", Select::after}, {"around", Select::around}, {"from", Select::between}}};
    act::ShowHistory act{};
    bool has_end = false;
    while (!words.empty()) {
        const auto [word, rest] = split_first_word(words);
        words = rest;
        const std::size_t equals = word.find('=');
        const std::string_view key = word.substr(0, equals);
        const std::string_view value = word.substr(std::min(word.size(), std::max(equals, equals + 1)));
        const auto number = whole_number<std::uint64_t>(equals == std::string_view::npos ? word : value);
        if (equals == std::string_view::npos) {
            if (act.limit != 0 || !number || *number == 0) return std::nullopt;
            act.limit = *number;
        } else if (key == "to") {
            if (std::exchange(has_end, true) || !number) return std::nullopt;
            act.second = *number;
        } else if (act.select != Select::newest) {
            return std::nullopt;
        } else if (key == "since") {
            const auto time =
                value.size() <= longest_moment ? moment_of(std::string(value), wall_clock()) : std::nullopt;
            if (!time) return std::nullopt;
            act.select = Select::since;
            act.first = static_cast<std::uint64_t>(std::max<Microseconds>(*time, 0));
        } else {
            const auto* known = std::find_if(selectors.begin(), selectors.end(),
                                             [key](const auto& selector) { return selector.first == key; });
            if (known == selectors.end() || !number) return std::nullopt;
            act.select = known->second;
            act.first = *number;
        }
    }
    return has_end == (act.select == Select::between) ? std::optional(act) : std::nullopt;
}

}  // namespace

GroupReference group_reference(std::string_view word) noexcept {
    constexpr std::string_view prefix = "group:";
    const auto id = whole_number<std::uint32_t>(word.starts_with(prefix) ? word.substr(prefix.size()) : word);
    return {word, id.value_or(0)};
}

// Like the target of a file; `#lobby` is always a room.
FileTarget place(std::string_view word) noexcept {
    if (word.starts_with('#')) return {FileTarget::Kind::room, room_name(word), 0};
    return file_target(word);
}

Act say_action(const Arguments& arguments) {
    return act::SayAction{place(arguments.first), arguments.text};
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

std::string_view without_trailing_spaces(std::string_view text) {
    return text.substr(0, text.find_last_not_of(' ') + 1);
}

Act kick_from_room(const Arguments& arguments) {
    return act::KickFromRoom{room_name(arguments.first), client_reference(arguments.second),
                             without_trailing_spaces(arguments.text)};
}

// Without a text it is a question; a dash alone clears the topic.
Act topic(const Arguments& arguments) {
    const std::string_view room = room_name(arguments.first);
    const std::string_view text = without_trailing_spaces(arguments.text);
    if (text.empty()) return act::ShowTopic{room};
    return act::SetTopic{room, text == "-" ? std::string_view{} : text};
}

Act quit(const Arguments& arguments) {
    if (arguments.text == "killed") return act::Quit{LeaveReason::killed, {}};
    return act::Quit{LeaveReason::quit, arguments.text};
}

bool asks_for_history(const Arguments& arguments) {
    return read_selectors(arguments.text).has_value();
}

Act show_history(const Arguments& arguments) {
    act::ShowHistory act = read_selectors(arguments.text).value_or(act::ShowHistory{});
    act.place = room_name(arguments.first);
    act.is_room = arguments.first.starts_with('#');
    return act;
}

bool has_message_id(const Arguments& arguments) {
    return whole_number<std::uint64_t>(arguments.second).has_value();
}

Act delete_message(const Arguments& arguments) {
    return act::DeleteMessage{place(arguments.first), whole_number<std::uint64_t>(arguments.second).value_or(0),
                              without_trailing_spaces(arguments.text)};
}

Act mark_seen(const Arguments& arguments) {
    // As in the line `unread`.
    constexpr std::string_view prefix = "room:";
    const bool has_prefix = arguments.first.starts_with(prefix);
    const std::string_view place = has_prefix ? arguments.first.substr(prefix.size()) : room_name(arguments.first);
    return act::MarkSeen{place, has_prefix || arguments.first.starts_with('#'),
                         whole_number<std::uint64_t>(arguments.second).value_or(0)};
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

Act change_certificate(const Arguments& arguments) {
    if (equal_ignoring_case(arguments.first, "add")) return act::ChangeCertificate{true};
    if (equal_ignoring_case(arguments.first, "remove")) return act::ChangeCertificate{false};
    return act::ChangeCertificate{};
}

Act reset_password(const Arguments& arguments) {
    return act::ResetPassword{arguments.first, arguments.second, arguments.third};
}

Act offer_file(const Arguments& arguments) {
    return act::OfferFile{file_target(arguments.first), whole_number<std::uint64_t>(arguments.second),
                          read_hex<Sha256Sum>(arguments.third), arguments.text};
}

}  // namespace chat
