// What is said, in files: see log_files.h.
#include "client/talk/log_files.h"

#include "client/net/routes.h"
#include "shared/system/unique_fd.h"
#include "shared/text/line.h"
#include "shared/text/moment.h"
#include "shared/text/printable.h"
#include "shared/text/text_rules.h"

#include <fcntl.h>
#include <sys/file.h>
#include <sys/stat.h>
#include <unistd.h>

#include <algorithm>
#include <array>
#include <cerrno>
#include <cstdio>
#include <cstring>
#include <ctime>
#include <utility>

namespace chat {

namespace {

constexpr mode_t owner_only = 0600;
constexpr mode_t owner_only_directory = 0700;
constexpr std::size_t most_files = 1000;
// Bytes of a room's, a person's or a server's name. Each may become three, and a file's name has at most 255.
constexpr std::size_t longest_name = 80;
constexpr int most_attempts = 10;  // to get a file that no other client has just renamed
constexpr std::uint64_t megabyte = 1'000'000;
constexpr const char* lobby = "lobby";

std::uint64_t id_of(const ServerLine& line) {
    return whole_number<std::uint64_t>(line.value("id")).value_or(0);
}

std::string said(std::string_view name, std::string_view text, bool is_action) {
    return is_action ? "* " + std::string(name) + " " + std::string(text)
                     : std::string(name) + ": " + std::string(text);
}

// Local date and time of `at`, which is as the server writes times; of now if it is not.
std::string local_time(std::string_view at) {
    const std::time_t now = std::time(nullptr);
    constexpr std::int64_t microseconds = 1'000'000;
    const auto then = at.empty() ? std::nullopt : moment_of(std::string(at), now * microseconds);
    const std::time_t time = then ? static_cast<std::time_t>(*then / microseconds) : now;
    return formatted(local_calendar_time(time), "%Y-%m-%d %H:%M:%S");
}

std::string file_of_room(std::string_view name) {
    return log_file_name("#", name);
}

std::string file_of_group(std::string_view number) {
    return log_file_name("group-", number);
}

// SERVER, or SERVER:PORT if the port is not a usual one. A colon of the name itself is escaped.
std::string directory_of(const ServerAddress& server) {
    const std::string name = log_file_name("", server.host);
    const std::string directory = name.substr(0, name.size() - std::strlen(".log"));
    const bool is_usual =
        server.port == ServerAddress{}.port || (server.security == Security::tls && server.port == usual_tls_port);
    return is_usual ? directory : directory + ":" + server.port;
}

// The directories on the way to a file that are not there yet, for nobody else.
void make_directories(const std::string& path) {
    for (std::size_t end = path.find('/', 1); end != std::string::npos; end = path.find('/', end + 1))
        ::mkdir(path.substr(0, end).c_str(), owner_only_directory);  // if it fails, so does opening the file
}

UniqueFd open_to_append(const std::string& path) {
    constexpr int flags = O_WRONLY | O_APPEND | O_CREAT | O_CLOEXEC | O_NONBLOCK | O_NOCTTY;
    return UniqueFd(::open(path.c_str(), flags, owner_only));
}

// Waits for other clients that write to the file. Where there are no locks, there is nothing to wait for.
void lock(int fd) {
    while (::flock(fd, LOCK_EX) != 0 && errno == EINTR) continue;
}

bool is_still_at(const std::string& path, const struct stat& file) {
    struct stat now {};
    return ::stat(path.c_str(), &now) == 0 && now.st_dev == file.st_dev && now.st_ino == file.st_ino;
}

}  // namespace

std::string log_file_name(std::string_view prefix, std::string_view name) {
    std::string whole = fold_case(printable(name));
    if (whole.size() > longest_name) {
        std::size_t end = longest_name;
        while (end > 0 && (static_cast<unsigned char>(whole[end]) & 0xc0U) == 0x80U) --end;
        whole.resize(end);
    }
    std::string file(prefix);
    for (const char c : whole) {
        const auto byte = static_cast<unsigned char>(c);
        const bool is_plain = (c >= 'a' && c <= 'z') || (c >= '0' && c <= '9') || c == '-' || c == '_' || byte >= 0x80U;
        if (is_plain || (c == '.' && !file.empty())) {
            file += c;
            continue;
        }
        std::array<char, 4> escaped{};
        std::snprintf(escaped.data(), escaped.size(), "%%%02X", static_cast<unsigned>(byte));
        file += escaped.data();
    }
    return file + ".log";
}

LogFiles::LogFiles(Terminal& terminal, const Configuration& configuration, const Viewer& viewer, const Directory& known)
    : terminal_(terminal), viewer_(viewer), known_(known), largest_(configuration.log_mb * megabyte) {
    if (configuration.log_directory.empty()) return;
    directory_ = configuration.log_directory + "/" + directory_of(configuration.server);
}

void LogFiles::received(const ServerLine& line) {
    if (directory_.empty()) return;
    const std::string text = line.text.value_or("");
    if (line.kind == "announcement") return keep(file_of_room(lobby), line, "Announcement: " + text);
    if (line.kind != "message") return;
    const std::string_view to = line.value("to");
    constexpr std::string_view room = "room:";
    constexpr std::string_view group = "group:";
    const std::string file = to.starts_with(room)    ? file_of_room(to.substr(room.size()))
                             : to.starts_with(group) ? file_of_group(to.substr(group.size()))
                             : to == "all"           ? file_of_room(lobby)
                                                     : log_file_name("", line.value("name"));
    keep(file, line, said(line.value("name"), text, line.value("as") == "action"));
}

void LogFiles::past(const ServerLine& line, std::string_view name, bool is_room) {
    if (directory_.empty()) return;
    const std::string file = is_room ? file_of_room(name) : log_file_name("", name);
    const auto newest = newest_.find(file);
    if (newest == newest_.end() || id_of(line) <= newest->second) return;
    keep(file, line, said(line.value("name"), line.text.value_or(""), line.value("as") == "action"));
}

void LogFiles::accepted(const OwnMessage& message, const ServerLine& answer) {
    if (directory_.empty()) return;
    std::string file = file_of_room(lobby);
    switch (message.to.kind) {
        case Target::Kind::client:
            file = log_file_name("", message.to.id.empty() ? known_.name_of(message.to.name) : message.to.name);
            break;
        case Target::Kind::room:
            file = file_of_room(message.to.name);
            break;
        case Target::Kind::group:
            file = file_of_group(message.to.name);
            break;
        case Target::Kind::everyone:
            break;
    }
    keep(file, answer, said(viewer_.name, message.text, message.is_action));
}

void LogFiles::keep(const std::string& file, const ServerLine& line, const std::string& words) {
    if (!newest_.contains(file) && newest_.size() >= most_files) return failed(file, EMFILE);
    std::uint64_t& newest = newest_[file];
    newest = std::max(newest, id_of(line));
    append(file, local_time(line.value("at")) + " " + printable(words) + "\n");
}

void LogFiles::append(const std::string& file, const std::string& line) {
    const std::string path = directory_ + "/" + file;
    UniqueFd open_file;
    struct stat status {};
    for (int attempt = 0;; ++attempt) {
        open_file = open_to_append(path);
        if (!open_file && errno == ENOENT) {
            make_directories(path);
            open_file = open_to_append(path);
        }
        if (!open_file || ::fstat(open_file.get(), &status) != 0) return failed(path, errno);
        if (!S_ISREG(status.st_mode)) return failed(path, EINVAL);
        // From here on no other client renames the file, or writes to it.
        lock(open_file.get());
        if (::fstat(open_file.get(), &status) != 0) return failed(path, errno);
        if (is_still_at(path, status)) {
            const auto size = static_cast<std::uint64_t>(status.st_size);
            if (largest_ == 0 || size == 0 || size + line.size() <= largest_) break;
            if (::rename(path.c_str(), (path + ".1").c_str()) != 0) return failed(path, errno);
        }
        if (attempt == most_attempts) return failed(path, EBUSY);
    }
    const ssize_t written = ::write(open_file.get(), line.data(), line.size());
    if (written == static_cast<ssize_t>(line.size())) {
        is_failing_ = false;
        return;
    }
    const int why = written < 0 ? errno : ENOSPC;
    // Leave no partial line.
    if (written > 0 && ::ftruncate(open_file.get(), status.st_size) != 0) return failed(path, errno);
    failed(path, why);
}

void LogFiles::failed(const std::string& path, int error) {
    if (std::exchange(is_failing_, true)) return;
    const std::string words = "Cannot log the conversation: " + path + ": " + std::strerror(error);
    if (terminal_.is_interactive()) return terminal_.show(words, {Style::trouble});
    std::fprintf(stderr, "chat-client: %s\n", printable(words).c_str());
}

}  // namespace chat
