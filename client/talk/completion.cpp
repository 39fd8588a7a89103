// What Tab makes of a word: see completion.h.
#include "client/talk/completion.h"

#include "shared/text/line.h"
#include "shared/text/text_rules.h"

#include <algorithm>
#include <utility>

namespace chat {

namespace {

class Collector {
  public:
    explicit Collector(std::string_view word) : word_(fold_case(word)) {}

    template <typename Words>
    void offer(const Words& words, std::string_view prefix = {}, std::string_view suffix = {}) {
        for (const auto& word : words) {
            std::string candidate = std::string(prefix) + std::string(word) + std::string(suffix);
            if (fold_case(candidate).starts_with(word_)) found_.push_back(std::move(candidate));
        }
    }

    std::vector<std::string> found() && {
        std::sort(found_.begin(), found_.end());
        found_.erase(std::unique(found_.begin(), found_.end()), found_.end());
        return std::move(found_);
    }

  private:
    std::string word_;
    std::vector<std::string> found_;
};

// Ids are of no use until the person has begun to type one.
void offer_people(Collector& collector, const Directory& directory, std::string_view word) {
    collector.offer(directory.names());
    if (!word.empty()) collector.offer(directory.ids());
}

void offer_argument(Collector& collector, const Directory& directory, std::string_view kind, std::string_view word) {
    const auto has = [kind](std::string_view part) { return kind.find(part) != std::string_view::npos; };
    const bool any = has("TARGET");
    if (has("COMMAND")) collector.offer(directory.commands());
    if (any || has("#ROOM")) {
        collector.offer(directory.rooms(), "#");
        collector.offer(directory.rooms(), "room:");
    } else if (has("ROOM")) {
        collector.offer(directory.rooms());
        collector.offer(directory.rooms(), "#");
    }
    if (any || has("GID")) collector.offer(directory.groups());
    if (any) collector.offer(directory.groups(), "group:");
    if (has("all")) collector.offer(std::vector<std::string>{"all"});
    if (any || has("NAME") || kind.starts_with("ID") || has("[ID")) offer_people(collector, directory, word);
}

// The words of a usage, without the explanation after the dash.
std::vector<std::string_view> arguments_of(std::string_view usage) {
    constexpr std::string_view dash = "—";
    return words_of(usage.substr(0, usage.find(dash)));
}

bool is_rest(std::string_view kind) {
    return kind.find("PATH") != std::string_view::npos || kind.find("FILE") != std::string_view::npos;
}

// `line` after its command and `arguments` more words, each followed by one space.
std::string_view rest_after(std::string_view line, std::size_t arguments) {
    for (std::size_t i = 0; i <= arguments; ++i) line = split_first_word(line).rest;
    return line;
}

// The word that Tab replaces begins after the last space of the rest: what is before it is not part of a candidate.
std::vector<std::string> without_beginning(std::vector<std::string> whole, std::size_t beginning) {
    for (std::string& text : whole) text.erase(0, beginning);
    return whole;
}

}  // namespace

Candidates complete(std::string_view before, std::string_view word, const Directory& directory,
                    const RestCompleter& complete_rest) {
    Collector collector(word);
    const auto words = words_of(before);
    bool end_line = false;
    if (words.empty() && word.starts_with('/')) {
        collector.offer(directory.commands());
        auto found = std::move(collector).found();
        end_line = found.size() == 1 && arguments_of(directory.usage(found.front())).empty();
        return {std::move(found), end_line};
    }
    if (words.empty() || !words.front().starts_with('/')) {
        if (word.empty()) return {};
        collector.offer(directory.names(), "", words.empty() ? ":" : "");
        return {std::move(collector).found(), false};
    }
    const std::string usage = directory.usage(words.front());
    const auto kinds = arguments_of(usage);
    const std::size_t place = words.size() - 1;
    if (kinds.empty()) return {};
    const auto rest = static_cast<std::size_t>(std::find_if(kinds.begin(), kinds.end(), is_rest) - kinds.begin());
    if (rest < kinds.size() && place >= rest) {
        const std::string line = std::string(before) + std::string(word);
        const std::string_view begun = rest_after(line, rest);
        auto found = complete_rest ? complete_rest(kinds[rest], begun) : std::vector<std::string>{};
        return {without_beginning(std::move(found), begun.size() - word.size()), true};
    }
    const bool repeats = kinds.back().ends_with("…") || kinds.back() == "TEXT" || kinds.back() == "[TEXT]";
    if (place >= kinds.size() && !repeats) return {};
    const std::string_view kind = kinds[std::min(place, kinds.size() - 1)];
    if (kind == "TEXT" || kind == "[TEXT]") {
        if (word.empty()) return {};
        collector.offer(directory.names());
    } else {
        offer_argument(collector, directory, kind, word);
        end_line = place + 1 >= kinds.size() && !repeats;
    }
    return {std::move(collector).found(), end_line};
}

}  // namespace chat
