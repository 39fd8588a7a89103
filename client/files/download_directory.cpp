// Creating files below one directory descriptor.
#include "client/files/download_directory.h"

#include "shared/text/file_name.h"
#include "shared/text/printable.h"

#include <fcntl.h>
#include <pwd.h>
#include <sys/stat.h>
#include <unistd.h>

#include <algorithm>
#include <cerrno>
#include <cstdio>
#include <cstdlib>
#include <filesystem>
#include <fstream>
#include <system_error>
#include <utility>

namespace chat {

namespace {

constexpr std::size_t longest_name = 255;
constexpr int max_numbers = 10'000;

[[noreturn]] void fail(const std::string& what) {
    throw std::system_error(errno, std::generic_category(), what);
}

std::string environment(const char* name) {
    const char* value = std::getenv(name);
    return value != nullptr ? value : "";
}

std::string home() {
    if (std::string from_environment = environment("HOME"); !from_environment.empty()) return from_environment;
    const passwd* entry = ::getpwuid(::getuid());
    return entry != nullptr ? entry->pw_dir : ".";
}

// The line XDG_DOWNLOAD_DIR="$HOME/Downloads" of user-dirs.dirs(5).
std::string from_user_dirs() {
    std::string config = environment("XDG_CONFIG_HOME");
    if (config.empty()) config = home() + "/.config";
    std::ifstream file(config + "/user-dirs.dirs");
    constexpr std::string_view key = "XDG_DOWNLOAD_DIR=\"";
    constexpr std::string_view home_word = "$HOME";
    for (std::string line; std::getline(file, line);) {
        if (!line.starts_with(key)) continue;
        std::string path = line.substr(key.size(), line.find('"', key.size()) - key.size());
        return path.starts_with(home_word) ? home() + path.substr(home_word.size()) : path;
    }
    return {};
}

// At most `most` bytes, without half a character at the end.
std::string cut(std::string_view text, std::size_t most) {
    if (text.size() <= most) return std::string(text);
    while (most > 0 && (static_cast<unsigned char>(text[most]) & 0xc0U) == 0x80) --most;
    return std::string(text.substr(0, most));
}

}  // namespace

std::string with_home(std::string_view path) {
    const char* home = std::getenv("HOME");
    return path.starts_with("~/") && home != nullptr ? home + std::string(path.substr(1)) : std::string(path);
}

std::string default_download_directory() {
    std::string path = environment("XDG_DOWNLOAD_DIR");
    if (path.empty()) path = from_user_dirs();
    return path.empty() ? home() + "/Downloads" : path;
}

std::string safe_file_name(std::string_view name) {
    if (const std::size_t slash = name.find_last_of('/'); slash != std::string_view::npos)
        name.remove_prefix(slash + 1);
    std::string safe = cut(printable(name), longest_name);
    std::replace(safe.begin(), safe.end(), '\t', ' ');
    if (!safe.empty() && (safe.front() == '.' || safe.front() == '-')) safe.front() = '_';
    return is_file_name(safe) ? safe : "file";
}

std::string numbered_file_name(const std::string& name, int number) {
    const std::string suffix = " (" + std::to_string(number) + ")";
    std::size_t dot = name.rfind('.');
    // Anything that long is not an extension but part of the name.
    if (dot == std::string::npos || name.size() - dot > 16) dot = name.size();
    const std::string extension = name.substr(dot);
    return cut(name.substr(0, dot), longest_name - suffix.size() - extension.size()) + suffix + extension;
}

DownloadDirectory::DownloadDirectory(std::string path) : path_(std::move(path)) {
    std::error_code ignored;
    std::filesystem::create_directories(path_, ignored);
    directory_.reset(::open(path_.c_str(), O_PATH | O_DIRECTORY | O_CLOEXEC));
    if (!directory_) fail(path_);
}

DownloadDirectory::Part DownloadDirectory::create_part(std::uint64_t number) const {
    for (int i = 0; i < max_numbers; ++i) {
        Part part{".chat-" + std::to_string(number) + '-' + std::to_string(i) + ".part", {}};
        part.fd.reset(
            ::openat(directory_.get(), part.name.c_str(), O_WRONLY | O_CREAT | O_EXCL | O_NOFOLLOW | O_CLOEXEC, 0666));
        if (part.fd) return part;
        if (errno != EEXIST) break;
    }
    fail(path_);
}

std::string DownloadDirectory::keep(const Part& part, const std::string& name) const {
    for (int i = 0; i < max_numbers; ++i) {
        const std::string tried = i == 0 ? name : numbered_file_name(name, i);
        int result =
            ::renameat2(directory_.get(), part.name.c_str(), directory_.get(), tried.c_str(), RENAME_NOREPLACE);
        if (result != 0 && errno == EINVAL) {  // the file system does not support it
            result = ::linkat(directory_.get(), part.name.c_str(), directory_.get(), tried.c_str(), 0);
            if (result == 0) discard(part);
        }
        if (result == 0) return path_ + '/' + tried;
        if (errno != EEXIST) break;
    }
    fail(path_ + '/' + name);
}

void DownloadDirectory::discard(const Part& part) const noexcept {
    (void)::unlinkat(directory_.get(), part.name.c_str(), 0);
}

}  // namespace chat
