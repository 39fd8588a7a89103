// The servers that were reached by TLS before: see known_servers.h.
#include "client/net/known_servers.h"

#include "client/configuration.h"
#include "client/net/certificate.h"
#include "shared/system/unique_fd.h"
#include "shared/text/text_rules.h"

#include <fcntl.h>
#include <sys/stat.h>
#include <unistd.h>

#include <cerrno>
#include <cstddef>
#include <filesystem>
#include <fstream>
#include <sstream>
#include <string_view>
#include <system_error>

namespace chat {

namespace {

constexpr std::string_view authority = "authority";

std::string because(const std::string& path, int error) {
    return path + ": " + std::generic_category().message(error);
}

// Whether the file ends within a line, as an editor may leave it.
bool ends_within_line(int fd) {
    const off_t size = ::lseek(fd, 0, SEEK_END);
    char last = '\n';
    return size > 0 && ::pread(fd, &last, 1, size - 1) == 1 && last != '\n';
}

}  // namespace

KnownServers::Found KnownServers::find(const std::string& server) const {
    Found found;
    if (path_.empty()) return found;
    errno = 0;
    std::ifstream file(path_);
    if (!file) {
        if (errno != ENOENT && errno != ENOTDIR) found.problem = "cannot read " + because(path_, errno);
        return found;
    }
    const std::string wanted = fold_case(server);
    for (std::string line; std::getline(file, line);) {
        std::istringstream words(line);
        std::string name;
        std::string how;
        if (!(words >> name >> how) || fold_case(name) != wanted) continue;
        if (how == authority) found.entry = Entry{};
        if (auto fingerprint = parse_fingerprint(how)) found.entry = Entry{*std::move(fingerprint)};
    }
    if (file.bad()) found.problem = "cannot read " + because(path_, errno);
    return found;
}

std::string KnownServers::remember(const std::string& server, const Entry& entry) const {
    if (path_.empty()) return {};
    constexpr mode_t private_directory = 0700;
    constexpr mode_t private_file = 0600;
    const std::filesystem::path directory = std::filesystem::path(path_).parent_path();
    std::error_code error;
    std::filesystem::create_directories(directory.parent_path(), error);
    if (::mkdir(directory.c_str(), private_directory) != 0 && errno != EEXIST)
        return "cannot make " + because(directory.string(), errno);
    const UniqueFd file(::open(path_.c_str(), O_RDWR | O_CREAT | O_APPEND | O_CLOEXEC, private_file));
    if (!file) return "cannot write " + because(path_, errno);
    // The last line about a server counts; one write, so that two clients cannot mix theirs.
    const std::string how = entry.fingerprint.empty() ? std::string(authority) : entry.fingerprint;
    const std::string line = (ends_within_line(file.get()) ? "\n" : "") + fold_case(server) + ' ' + how + '\n';
    const ssize_t written = ::write(file.get(), line.data(), line.size());
    if (written != static_cast<ssize_t>(line.size()))
        return "cannot write " + because(path_, written < 0 ? errno : ENOSPC);
    return {};
}

std::string known_servers_path() {
    const std::string settings = configuration_path();
    if (settings.empty()) return {};
    return settings.substr(0, settings.find_last_of('/')) + "/known_servers";
}

}  // namespace chat
