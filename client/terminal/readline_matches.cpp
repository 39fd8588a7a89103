// The candidates for Tab: see readline_matches.h.
#include "client/terminal/readline_matches.h"

#include "shared/text/text_rules.h"

#include <readline/readline.h>

#include <algorithm>
#include <cstddef>
#include <cstdlib>
#include <new>
#include <utility>

namespace chat {

namespace {

char* copy_of(std::string_view text) {
    char* copy = static_cast<char*>(std::malloc(text.size() + 1));
    if (copy == nullptr) throw std::bad_alloc();
    text.copy(copy, text.size());
    copy[text.size()] = '\0';
    return copy;
}

// The beginning that all words share, ignoring case.
std::string_view common_beginning(const std::vector<std::string>& words) {
    std::string_view common = words.front();
    for (const std::string& word : words) {
        std::size_t same = 0;
        while (same < std::min(common.size(), word.size()) &&
               equal_ignoring_case(common.substr(same, 1), std::string_view(word).substr(same, 1)))
            ++same;
        common = common.substr(0, same);
    }
    return common;
}

// readline's callbacks carry no context.
Completer& present_completer() {
    static Completer completer;
    return completer;
}

char** in_memory_of_readline(const std::vector<std::string>& words) {
    if (words.empty()) return nullptr;
    const std::size_t count = words.size() == 1 ? 2 : words.size() + 2;
    auto** result = static_cast<char**>(std::calloc(count, sizeof(char*)));
    if (result == nullptr) throw std::bad_alloc();
    result[0] = copy_of(common_beginning(words));
    if (words.size() > 1) {
        for (std::size_t i = 0; i < words.size(); ++i) result[i + 1] = copy_of(words[i]);
    }
    return result;
}

}  // namespace

void set_completer(Completer completer) {
    present_completer() = std::move(completer);
}

char** matches_for_readline(const char* word, int begin, int /*end*/) {
    rl_attempted_completion_over = 1;
    const std::string_view line(rl_line_buffer);
    const Candidates candidates = present_completer()(line.substr(0, static_cast<std::size_t>(begin)), word);
    // The reader of a command takes a space at its end for a part of the last argument.
    rl_completion_append_character = candidates.end_line ? '\0' : ' ';
    return in_memory_of_readline(candidates.words);
}

}  // namespace chat
