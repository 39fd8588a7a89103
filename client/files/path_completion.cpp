// What Tab makes of a path: see path_completion.h.
#include "client/files/path_completion.h"

#include "client/files/download_directory.h"
#include "shared/text/text_rules.h"

#include <algorithm>
#include <filesystem>
#include <system_error>
#include <utility>

namespace chat {

std::vector<std::string> paths_that_begin_with(std::string_view path) {
    const std::size_t slash = path.find_last_of('/');
    const std::string directory(slash == std::string_view::npos ? "" : path.substr(0, slash + 1));
    const std::string beginning = fold_case(path.substr(directory.size()));
    const std::string place = directory.empty() ? "." : with_home(directory);
    std::vector<std::string> found;
    std::error_code error;
    for (std::filesystem::directory_iterator entry(place, error), end; !error && entry != end; entry.increment(error)) {
        std::string name = entry->path().filename().string();
        if (!is_clean_text(name) || name.find('\t') != std::string::npos) continue;
        if (!fold_case(name).starts_with(beginning) || (name.starts_with('.') && beginning.empty())) continue;
        std::error_code unreadable;
        if (entry->is_directory(unreadable)) name += '/';
        found.push_back(directory + name);
    }
    std::sort(found.begin(), found.end());
    return found;
}

}  // namespace chat
