// What Tab makes of a word: see completion.h.
#include "client/talk/completion.h"

#include "shared/text/line.h"
#include "shared/text/text_rules.h"

#include <algorithm>

namespace chat {

namespace {

std::vector<std::string_view> words_of(std::string_view text) {
    std::vector<std::string_view> words;
    while (!text.empty()) {
        const auto [word, rest] = split_first_word(text);
        if (!word.empty()) words.push_back(word);
        text = rest;
    }
    return words;
}

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

bool is_path(std::string_view kind) {
    return kind.find("PATH") != std::string_view::npos;
}

}  // namespace

Candidates complete(std::string_view before, std::string_view word, const Directory& directory) {
    Collector collector(word);
    const auto words = words_of(before);
    if (words.empty() && word.starts_with('/')) {
        collector.offer(directory.commands());
    } else if (words.empty() || !words.front().starts_with('/')) {
        if (word.empty()) return {};
        collector.offer(directory.names(), "", words.empty() ? ":" : "");
    } else {
        const std::string usage = directory.usage(words.front());
        const auto kinds = words_of(std::string_view(usage).substr(0, usage.find(" — ")));
        const std::size_t place = words.size() - 1;
        std::string_view kind;
        if (place < kinds.size()) {
            kind = kinds[place];
        } else if (!kinds.empty() && (kinds.back().ends_with("…") || is_path(kinds.back()))) {
            kind = kinds.back();
        }
        if (is_path(kind)) return {{}, true};
        if (kind == "TEXT") {
            if (word.empty()) return {};
            collector.offer(directory.names());
        } else {
            offer_argument(collector, directory, kind, word);
        }
    }
    return {std::move(collector).found(), false};
}

}  // namespace chat
