// Messages of the past: see past.h.
#include "client/talk/past.h"

#include "shared/text/line.h"
#include "shared/text/text_rules.h"

#include <ctime>

namespace chat {

std::string Place::written() const {
    const bool is_reserved = equal_ignoring_case(name, "lobby");
    return (is_room && !is_reserved ? "#" : "") + name;
}

std::string Place::key() const {
    return (is_room ? "#" : "") + fold_case(name);
}

Place parse_place(std::string_view text) {
    constexpr std::string_view room = "room:";
    if (text.starts_with(room)) return {std::string(text.substr(room.size())), true};
    if (text.starts_with('#')) return {std::string(text.substr(1)), true};
    return {std::string(text), equal_ignoring_case(text, "lobby")};
}

std::optional<Place> place_of(const ServerLine& message, std::string_view own_id) {
    const std::string_view to = message.value("to");
    if (to == "all") return Place{"lobby", true};
    if (to.starts_with("room:")) return parse_place(to);
    const bool is_private = to == own_id || message.value("kept") == "yes";
    if (is_private && message.value("account") == "yes") return Place{std::string(message.value("name")), false};
    return std::nullopt;
}

std::optional<Place> place_of(const Target& target) {
    if (target.kind == Target::Kind::group) return std::nullopt;
    if (target.kind == Target::Kind::everyone) return Place{"lobby", true};
    return Place{target.name, target.kind == Target::Kind::room};
}

std::uint64_t number_in(const ServerLine& line, std::string_view key) {
    return whole_number<std::uint64_t>(line.value(key)).value_or(0);
}

std::string heading(const std::vector<PastMessage>& messages, std::uint64_t of_all) {
    if (messages.empty()) return {};
    const auto count = messages.size();
    const std::string words =
        std::to_string(of_all > count ? of_all : count) + (count == 1 && of_all <= 1 ? " message" : " messages");
    const Viewer with_colons{{}, {}, true};
    return "— " + words + " since " + local_since(messages.front().line.value("at"), std::time(nullptr), with_colons) +
           (of_all > count ? ", the last " + std::to_string(count) : "") + " —";
}

bool show_past(TalkState& state, Host& host, const PastMessage& message) {
    ServerLine line = message.line;
    std::erase_if(line.fields, [](const auto& field) { return field.first == "tag"; });
    if (state.companions.received(host, line)) return false;
    state.log_files.past(line, message.place.name, message.place.is_room);
    const bool is_own = equal_ignoring_case(line.value("name"), state.viewer.name);
    if (message.place.is_room || !is_own) {
        if (!message.place.is_room) {
            // The id that the person had then says nothing any more.
            for (auto& [key, value] : line.fields)
                if (key == "to") value = state.viewer.id;
        }
        state.display.show(line);
    } else {
        const OwnMessage own{{Target::Kind::client, message.place.name, state.viewer.id},
                             line.text.value_or(""),
                             line.value("as") == "action"};
        state.display.show(own, line.value("at"));
    }
    return true;
}

}  // namespace chat
