// From the arguments of a command to its act: how this dialect spells clients, rooms, groups and files. For the table.
#pragma once

#include "chat-acceptor/dialects/line/command_table.h"
#include "shared/memory/client_table.h"
#include "shared/text/line.h"

#include <cstdint>
#include <optional>
#include <string_view>

namespace chat {

// Five digits, the first of them not 0, are an id; anything else is a name.
[[nodiscard]] inline ClientReference client_reference(std::string_view word) noexcept {
    constexpr std::size_t digits = 5;
    const auto id = word.size() == digits ? whole_number<std::uint32_t>(word) : std::nullopt;
    return {word, id && *id >= lowest_client_id ? *id : 0};
}
// `4711` or `group:4711`.
[[nodiscard]] GroupReference group_reference(std::string_view word) noexcept;
// `lobby` or `#lobby`.
[[nodiscard]] constexpr std::string_view room_name(std::string_view word) noexcept {
    return word.starts_with('#') ? word.substr(1) : word;
}
// `room:NAME`, `group:GID` or a GID, otherwise a client.
[[nodiscard]] FileTarget file_target(std::string_view word) noexcept;

template <typename Kind>
Act plain(const Arguments& /*arguments*/) {
    return Kind{};
}
template <typename Kind>
Act with_text(const Arguments& arguments) {
    return Kind{arguments.text};
}
template <typename Kind>
Act with_room(const Arguments& arguments) {
    return Kind{room_name(arguments.first)};
}
template <typename Kind>
Act with_room_and_text(const Arguments& arguments) {
    return Kind{room_name(arguments.first), arguments.text};
}
template <typename Kind>
Act with_client_and_text(const Arguments& arguments) {
    return Kind{client_reference(arguments.first), arguments.text};
}
[[nodiscard]] Act say_action(const Arguments& arguments);
template <typename Kind>
Act with_group(const Arguments& arguments) {
    return Kind{group_reference(arguments.first)};
}
template <typename Kind>
Act with_group_and_text(const Arguments& arguments) {
    return Kind{group_reference(arguments.first), arguments.text};
}
template <bool approved>
Act answer_request(const Arguments& arguments) {
    return act::AnswerRequest{group_reference(arguments.first), client_reference(arguments.second), approved};
}
template <bool all>
Act list_groups(const Arguments& /*arguments*/) {
    return act::ListGroups{all};
}

[[nodiscard]] std::vector<ClientReference> client_references(std::string_view words);
template <bool invites>
Act make_group(const Arguments& arguments) {
    return act::MakeGroup{invites, client_references(arguments.text)};
}

template <bool adds>
Act change_operator(const Arguments& arguments) {
    return act::ChangeModes{room_name(arguments.first), {{'o', adds, client_reference(arguments.second)}}};
}
[[nodiscard]] Act kick_from_room(const Arguments& arguments);
[[nodiscard]] Act topic(const Arguments& arguments);
[[nodiscard]] Act quit(const Arguments& arguments);
[[nodiscard]] Act offer_file(const Arguments& arguments);
[[nodiscard]] Act show_history(const Arguments& arguments);
[[nodiscard]] bool has_message_id(const Arguments& arguments);
[[nodiscard]] Act delete_message(const Arguments& arguments);
[[nodiscard]] Act mark_seen(const Arguments& arguments);
[[nodiscard]] bool asks_for_history(const Arguments& arguments);
[[nodiscard]] Act log_in(const Arguments& arguments);
[[nodiscard]] Act register_name(const Arguments& arguments);
[[nodiscard]] Act change_password(const Arguments& arguments);
[[nodiscard]] Act change_certificate(const Arguments& arguments);
[[nodiscard]] Act reset_password(const Arguments& arguments);

#ifdef CHAT_CRASH_POINTS
[[nodiscard]] inline Act wait_for_sleeper(const Arguments& arguments) {
    // The two words are adjacent in the line.
    return act::Wait{{arguments.first.data(), arguments.first.size() + 1 + arguments.text.size()}};
}
#endif

}  // namespace chat
