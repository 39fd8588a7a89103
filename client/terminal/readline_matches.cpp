// The candidates for Tab: see readline_matches.h.
#include "client/terminal/readline_matches.h"

#include "shared/text/text_rules.h"

#include <algorithm>
#include <cstddef>
#include <cstdlib>
#include <new>
#include <string_view>

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

}  // namespace

char** matches_for_readline(const std::vector<std::string>& words) {
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

}  // namespace chat
