// /history: see history_pages.h.
#include "client/talk/history_pages.h"

#include "shared/text/line.h"
#include "shared/text/text_rules.h"

#include <algorithm>
#include <array>
#include <utility>

namespace chat {

namespace {

bool is_count(std::string_view word) {
    return whole_number<unsigned>(word).has_value();
}

// before=ID and so on, as in docs/protocol.md.
bool is_selector(std::string_view word) {
    constexpr std::array<std::string_view, 6> keys = {"before=", "after=", "around=", "from=", "to=", "since="};
    return std::any_of(keys.begin(), keys.end(), [word](std::string_view key) { return word.starts_with(key); });
}

bool is_history_command(const Request& request) {
    return equal_ignoring_case(parse_client_line(request.typed).command, "/history");
}

}  // namespace

HistoryPages::Command HistoryPages::command_for(std::string_view text) const {
    std::vector<std::string_view> words = words_of(text);
    const bool has_place =
        !words.empty() && ((!is_count(words[0]) && !is_selector(words[0])) || state_.directory.is_in_room(words[0]));
    std::string written;
    if (has_place) {
        written = words[0];
        words.erase(words.begin());
    } else if (const auto place = place_of(state_.addressee.target())) {
        written = place->written();
    } else {
        return {{}, "Groups have no history. Nothing was sent."};
    }
    std::string line = "/history " + written;
    for (const std::string_view word : words) line += " " + std::string(word);
    const bool is_plain = words.empty() || (words.size() == 1 && is_count(words[0]));
    const auto oldest = is_plain ? marks_.oldest_past(written) : std::nullopt;
    if (oldest) line += " before=" + std::to_string(*oldest);
    return {std::move(line), {}};
}

bool HistoryPages::takes(const ServerLine& line, const Request& request) {
    if (request.asker != Asker::person || request.own_tag || !state_.terminal.is_interactive()) return false;
    if (line.kind == "history") {
        const std::string_view to = line.value("to");
        const bool is_room = to == "all" || to.starts_with("room:");
        const std::string_view written = split_first_word(parse_client_line(request.typed).text).word;
        Place place = is_room ? parse_place(to) : parse_place(written);
        if (to == "all") place = {"lobby", true};
        place.is_room = is_room;
        rows_[request.tag].push_back({number_in(line, "id"), std::move(place), line});
        return true;
    }
    if (line.kind == "end" && line.value("of") == "history" && is_history_command(request)) {
        show(request.tag, line);
        return true;
    }
    return false;
}

void HistoryPages::show(std::string_view tag, const ServerLine& end) {
    const auto found = rows_.find(tag);
    const std::vector<PastMessage> rows =
        found == rows_.end() ? std::vector<PastMessage>{} : std::exchange(found->second, {});
    if (found != rows_.end()) rows_.erase(found);
    const bool is_complete = end.value("complete") != "no";
    if (rows.empty()) {
        state_.terminal.show(is_complete ? "There is nothing earlier."
                                         : "The server is still preparing earlier messages; try again later.",
                             {Style::news});
        return;
    }
    state_.terminal.show(heading(rows), {Style::news});
    for (const PastMessage& message : rows) {
        (void)marks_.add_page(message);
        (void)show_past(state_, host_, message);
    }
}

}  // namespace chat
