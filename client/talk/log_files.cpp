// What is said, in files: see log_files.h.
#include "client/talk/log_files.h"

#include "shared/system/unique_fd.h"
#include "shared/text/moment.h"
#include "shared/text/printable.h"
#include "shared/text/text_rules.h"

#include <fcntl.h>
#include <sys/stat.h>
#include <unistd.h>

#include <algorithm>
#include <array>
#include <cerrno>
#include <cstdio>
#include <cstring>
#include <ctime>
#include <filesystem>
#include <utility>

namespace chat {

namespace {

constexpr mode_t owner_only = 0600;
constexpr std::size_t most_files = 1000;
constexpr std::size_t longest_name = 100;  // bytes of a room's or a person's name, of which each may become three
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
    const std::string server = log_file_name("", configuration.server.host);
    directory_ = configuration.log_directory + "/" + server.substr(0, server.size() - std::strlen(".log"));
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
    std::error_code error;
    if (std::filesystem::create_directories(directory_, error)) {
        std::filesystem::permissions(directory_, std::filesystem::perms::owner_all, error);
    }
    const std::string path = directory_ + "/" + file;
    constexpr int flags = O_WRONLY | O_APPEND | O_CREAT | O_CLOEXEC | O_NONBLOCK | O_NOCTTY;
    UniqueFd open_file(::open(path.c_str(), flags, owner_only));
    struct stat status {};
    if (!open_file || ::fstat(open_file.get(), &status) != 0) return failed(path, errno);
    if (!S_ISREG(status.st_mode)) return failed(path, EINVAL);
    if (largest_ > 0 && status.st_size > 0 && static_cast<std::uint64_t>(status.st_size) + line.size() > largest_) {
        if (::rename(path.c_str(), (path + ".1").c_str()) != 0) return failed(path, errno);
        open_file = UniqueFd(::open(path.c_str(), flags, owner_only));
        if (!open_file || ::fstat(open_file.get(), &status) != 0) return failed(path, errno);
    }
    const ssize_t written = ::write(open_file.get(), line.data(), line.size());
    if (written == static_cast<ssize_t>(line.size())) {
        is_failing_ = false;
        return;
    }
    const int why = written < 0 ? errno : ENOSPC;
    // No half a line.
    if (written > 0 && ::ftruncate(open_file.get(), status.st_size) != 0) return failed(path, errno);
    failed(path, why);
}

void LogFiles::failed(const std::string& path, int error) {
    if (std::exchange(is_failing_, true)) return;
    const std::string words = "What is said is not kept: " + path + ": " + std::strerror(error);
    if (terminal_.is_interactive()) return terminal_.show(words, {Style::trouble});
    std::fprintf(stderr, "chat-client: %s\n", printable(words).c_str());
}

}  // namespace chat
