// Unread messages by room: see unread.h.
#include "client/talk/unread.h"

#include "shared/text/text_rules.h"

namespace chat {

namespace {

constexpr std::size_t most_places = 1000;
constexpr std::size_t most_shown = 999;

std::string in_words(std::string_view name, std::size_t count) {
    return std::string(name) + " " + (count > most_shown ? std::to_string(most_shown) + "+" : std::to_string(count));
}

}  // namespace

void Unread::add(std::string_view to) {
    const std::size_t colon = to.find(':');
    if (!to.starts_with("room:") && !to.starts_with("group:")) return;
    std::string key = fold_case(to);
    if (counts_.size() >= most_places && !counts_.contains(key)) return;
    Place& place = counts_[std::move(key)];
    place.name = to.starts_with("group:") ? "group " : "";
    place.name += to.substr(colon + 1);
    ++place.count;
}

void Unread::forget(const Target& place) {
    counts_.erase(fold_case(place.written()));
}

void Unread::forget_groups() {
    std::erase_if(counts_, [](const auto& place) { return place.first.starts_with("group:"); });
}

std::string Unread::in_prompt(std::size_t columns) const {
    if (counts_.empty()) return {};
    std::string words;
    std::size_t total = 0;
    for (const auto& [key, place] : counts_) {
        words += (words.empty() ? "" : ", ") + in_words(place.name, place.count);
        total += place.count;
    }
    if (count_code_points(words) + 3 > columns) words = in_words("unread", total);
    return "[" + words + "] ";
}

}  // namespace chat
