// Messages of the past, as the server's `history` lines have them: their place, and how they are put before the person.
#pragma once

#include "client/talk/talk_state.h"
#include "client/talk/target.h"
#include "shared/text/protocol.h"

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

namespace chat {

// A place that has a history: a room, or the conversation with an account.
struct Place {
    std::string name;
    bool is_room = true;

    // For /history and /seen: #ops, lobby, Robin. A bare word may be a person or a room, except for the lobby.
    [[nodiscard]] std::string written() const;
    // The same place has the same key, in any spelling.
    [[nodiscard]] std::string key() const;
};

// room:ops or Robin, as in `unread place=`.
[[nodiscard]] Place parse_place(std::string_view text);
// Where this message for `own_id` was written, from the answers of its line; nothing: a group, or a guest's message.
[[nodiscard]] std::optional<Place> place_of(const ServerLine& message, std::string_view own_id);
[[nodiscard]] std::optional<Place> place_of(const Target& target);

[[nodiscard]] std::uint64_t number_in(const ServerLine& line, std::string_view key);

// A row of a page.
struct PastMessage {
    std::uint64_t id = 0;
    Place place;
    ServerLine line;
};

// `— 12 messages since 14:05 —`; nothing if there are none. `of_all`: more than were fetched.
[[nodiscard]] std::string heading(const std::vector<PastMessage>& messages, std::uint64_t of_all = 0);
// Shows it. False: the person ignores who wrote it.
bool show_past(TalkState& state, Host& host, const PastMessage& message);

}  // namespace chat
