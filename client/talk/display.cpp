// The conversation as it is shown: see display.h.
#include "client/talk/display.h"

#include "shared/text/moment.h"
#include "shared/text/text_rules.h"

#include <cstdint>
#include <ctime>
#include <utility>

namespace chat {

Display::Display(Terminal& terminal, const Configuration& configuration, const Viewer& viewer, const Directory& known)
    : terminal_(terminal),
      viewer_(viewer),
      known_(known),
      attention_(terminal, configuration),
      timestamps_(configuration.timestamps.value_or(terminal.shows_on_terminal())) {
    (void)timestamps_.day(std::time(nullptr));
}

void Display::learn(const ServerLine& line) {
    if (line.kind == "offline") speakers_.release(line.value("id"));
    if (line.kind == "welcome") speakers_.clear();  // everybody has another id after a reconnection
    const bool about_us = !viewer_.id.empty() && line.value("id") == viewer_.id;
    if (line.kind == "left" && about_us) places_.release("room:" + fold_case(line.value("room")));
    if (line.kind == "group-left" && about_us) places_.release("group:" + std::string(line.value("group")));
}

void Display::show(const ServerLine& line) {
    const auto words = sentence(line, viewer_, std::time(nullptr), known_);
    if (!words) return;
    MessageColours colours;
    const bool is_past = line.kind == "history" || line.value("kept") == "yes";
    const bool is_message = line.kind == "message" || line.kind == "history";
    if (is_message) {
        const std::string place = fold_case(line.value("to"));
        const std::string name = fold_case(line.value("name"));
        // The id that the speaker had then may be that of somebody else now.
        const std::string id = is_past ? known_.id_of(name) : std::string(line.value("from"));
        colours.speaker = speakers_.of(id.empty() ? name : id, name);
        if (place != "room:lobby") colours.place = places_.of(place, place);
    }
    show_with_time(*words, looks_of(line, viewer_, *words, colours), is_past ? line.value("at") : std::string_view{});
    if (line.kind == "message") attention_.message(is_for(line, viewer_), *words);
}

void Display::show(const OwnMessage& message, std::string_view at) {
    const std::string words = own_words(message, viewer_, known_);
    MessageColours colours{speakers_.of(viewer_.id, fold_case(viewer_.name)), 0};
    const bool has_place = message.to.kind == Target::Kind::room && !equal_ignoring_case(message.to.name, "lobby");
    const std::string place = fold_case(message.to.written());
    if (has_place) colours.place = places_.of(place, place);
    // `to Robin:` is the person, too.
    if (words.starts_with("to ")) {
        show_with_time(words, {{Style::speaker, 0, words.size() - message.text.size() - 1, colours.speaker}}, at);
    } else {
        show_with_time(words, looks_of_message(words, colours), at);
    }
}

void Display::show(std::string_view words, Style style) {
    show_with_time(std::string(words), {{style}});
}

void Display::show_with_time(const std::string& words, std::vector<Look> looks, std::string_view at) {
    const std::time_t now = std::time(nullptr);
    constexpr std::int64_t microseconds = 1'000'000;
    const auto then = at.empty() ? std::nullopt : moment_of(std::string(at), now * microseconds);
    const std::time_t time = then ? static_cast<std::time_t>(*then / microseconds) : now;
    if (const auto day = timestamps_.day(time)) terminal_.show(*day, {Style::news});
    std::string stamp = timestamps_.stamp(time);
    if (then && stamp.empty()) stamp = local_since(at, now) + " ";
    for (Look& look : looks) {
        look.begin += stamp.size();
        if (look.end != std::string_view::npos) look.end += stamp.size();
    }
    terminal_.show(stamp + words, looks);
}

}  // namespace chat
