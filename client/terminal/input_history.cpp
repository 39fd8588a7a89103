// Remembered input: see input_history.h.
#include "client/terminal/input_history.h"

#include "client/terminal/secret_words.h"
#include "shared/system/unique_fd.h"
#include "shared/text/text_rules.h"

#include <fcntl.h>
#include <readline/history.h>
#include <sys/stat.h>
#include <unistd.h>

#include <algorithm>
#include <array>
#include <cstdio>
#include <cstdlib>
#include <filesystem>
#include <optional>
#include <system_error>
#include <vector>

namespace chat {

namespace {

constexpr std::size_t largest_file = std::size_t{8} * 1024 * 1024;
constexpr mode_t owner_only = 0600;

// A regular file of our own, which nobody else may read from now on.
UniqueFd open_own(const std::string& path, int flags) {
    UniqueFd file(::open(path.c_str(), flags | O_CLOEXEC | O_NONBLOCK, owner_only));
    struct stat status {};
    if (!file || ::fstat(file.get(), &status) != 0 || !S_ISREG(status.st_mode) || status.st_uid != ::geteuid())
        return {};
    if ((status.st_mode & 07777U) != owner_only && ::fchmod(file.get(), owner_only) != 0) return {};
    return file;
}

struct Remembered {
    std::vector<std::string> lines;  // oldest first
    bool is_whole = true;            // otherwise the file is larger than largest_file, and these are its latest lines
};

Remembered lines_in(const std::string& path) {
    const UniqueFd file = open_own(path, O_RDONLY);
    const off_t size = file ? ::lseek(file.get(), 0, SEEK_END) : 0;
    const off_t begin_at = std::max<off_t>(0, size - static_cast<off_t>(largest_file));
    if (file && ::lseek(file.get(), begin_at, SEEK_SET) < 0) return {};
    std::string text;
    std::array<char, std::size_t{64} * 1024> bytes;  // not initialised: filled by read
    for (ssize_t count = 1; file && count > 0 && text.size() < largest_file;) {
        count = ::read(file.get(), bytes.data(), bytes.size());
        if (count > 0) text.append(bytes.data(), static_cast<std::size_t>(count));
    }
    Remembered found{.lines = {}, .is_whole = begin_at == 0};
    // The first of the latest lines may be the end of one.
    const std::size_t after_first = found.is_whole ? 0 : text.find('\n') + 1;
    for (std::size_t begin = after_first, end = 0; (end = text.find('\n', begin)) != std::string::npos;
         begin = end + 1) {
        std::string line = text.substr(begin, end - begin);
        if (!line.empty() && is_clean_text(line)) found.lines.push_back(std::move(line));
    }
    return found;
}

// False: not all of it was written.
bool write_to(const std::string& path, int flags, std::string_view text) {
    const UniqueFd file = open_own(path, O_WRONLY | O_CREAT | flags);
    return file && ::write(file.get(), text.data(), text.size()) == static_cast<ssize_t>(text.size());
}

void shorten(const std::string& path, const std::vector<std::string>& lines) {
    const std::string other = path + "." + std::to_string(::getpid());
    std::string text;
    for (const std::string& line : lines) text += line + '\n';
    std::error_code ignored;
    if (write_to(other, O_TRUNC, text))
        std::filesystem::rename(other, path, ignored);
    else
        std::filesystem::remove(other, ignored);
}

bool is_latest(const std::string& line) {
    const HIST_ENTRY* latest = history_length > 0 ? ::history_get(history_base + history_length - 1) : nullptr;
    return latest != nullptr && line == latest->line;
}

}  // namespace

std::string input_history_path() {
    const char* state = std::getenv("XDG_STATE_HOME");
    if (state != nullptr && *state != '\0') return std::string(state) + "/chat/history";
    const char* home = std::getenv("HOME");
    return home != nullptr && *home != '\0' ? std::string(home) + "/.local/state/chat/history" : "";
}

void InputHistory::load() const {
    if (path_.empty()) return;
    auto [lines, is_whole] = lines_in(path_);
    const bool is_long = !is_whole || lines.size() > 2 * most_;
    if (lines.size() > most_) lines.erase(lines.begin(), lines.end() - static_cast<std::ptrdiff_t>(most_));
    if (is_long) shorten(path_, lines);
    for (const std::string& line : lines) ::add_history(line.c_str());
}

void InputHistory::remember(std::string_view input) const {
    std::string text;
    while (!input.empty()) {
        const std::string line(input.substr(0, input.find_first_of("\r\n")));
        input.remove_prefix(std::min(line.size() + 1, input.size()));
        if (line.empty() || has_secret(line) || is_latest(line)) continue;
        ::add_history(line.c_str());
        text += line + '\n';
    }
    // The next line may have been begun already: Up shows what was remembered just now.
    if (!text.empty()) ::using_history();
    if (path_.empty() || text.empty()) return;
    std::error_code ignored;
    const auto directory = std::filesystem::path(path_).parent_path();
    if (std::filesystem::create_directories(directory, ignored))
        std::filesystem::permissions(directory, std::filesystem::perms::owner_all, ignored);
    (void)write_to(path_, O_APPEND, text);  // a full disk is no reason to stop
}

}  // namespace chat
