// Kept passwords: see password_store.h.
#include "client/talk/password_store.h"

#include "client/talk/credentials.h"
#include "shared/system/unique_fd.h"
#include "shared/text/text_rules.h"

#include <fcntl.h>
#include <sys/file.h>
#include <sys/stat.h>
#include <unistd.h>

#include <array>
#include <cerrno>
#include <cstdlib>
#include <filesystem>
#include <system_error>

namespace chat {

namespace {

constexpr mode_t private_file = 0600;
constexpr mode_t private_directory = 0700;
constexpr std::size_t longest_kept = 1024;

std::string problem_with(const std::string& path, int error) {
    if (error == ELOOP) return path + ": this is a symbolic link";
    return path + ": " + std::generic_category().message(error);
}

// Percent signs keep two names apart that a slash would mix up.
std::string directory_name(const ServerAddress& server) {
    std::string name;
    for (const char c : fold_case(server.written())) {
        if (c == '/' || c == '%')
            name += c == '/' ? "%2F" : "%25";
        else
            name += c;
    }
    return name + (server.security == Security::tls ? "+tls" : "");
}

struct Opened {
    UniqueFd fd;
    std::string problem;  // empty without a descriptor: there is none
};

// `of_others`: what nobody else may do with it.
Opened open_own(int directory, const std::string& name, int flags, mode_t of_others, const std::string& path) {
    UniqueFd fd(::openat(directory, name.c_str(), flags | O_RDONLY | O_NOFOLLOW | O_NONBLOCK | O_CLOEXEC));
    struct stat status {};
    if (!fd && (flags & O_DIRECTORY) != 0 && errno == ENOTDIR &&
        ::fstatat(directory, name.c_str(), &status, AT_SYMLINK_NOFOLLOW) == 0 && S_ISLNK(status.st_mode))
        errno = ELOOP;
    if (!fd) return {{}, errno == ENOENT ? "" : problem_with(path, errno)};
    if (::fstat(fd.get(), &status) != 0) return {{}, problem_with(path, errno)};
    if (status.st_uid != ::geteuid()) return {{}, path + ": this belongs to somebody else"};
    if ((flags & O_DIRECTORY) == 0 && !S_ISREG(status.st_mode)) return {{}, path + ": this is not a plain file"};
    if ((status.st_mode & of_others) == 0) return {std::move(fd), {}};
    if ((flags & O_DIRECTORY) != 0) return {{}, path + ": others can write to this directory"};
    return {{}, path + ": others can read this file; chmod 600 makes it yours alone"};
}

Opened open_directory(int directory, const std::string& name, const std::string& path) {
    return open_own(directory, name, O_DIRECTORY, S_IWGRP | S_IWOTH, path);
}

Opened open_file(int directory, const std::string& name, const std::string& path) {
    return open_own(directory, name, 0, S_IRWXG | S_IRWXO, path);
}

// A short write does not say why; there was no more space.
bool write_all_of(int fd, std::string_view text) {
    const ssize_t count = ::write(fd, text.data(), text.size());
    if (count >= 0 && static_cast<std::size_t>(count) < text.size()) errno = ENOSPC;
    return count == static_cast<ssize_t>(text.size()) && ::fsync(fd) == 0;
}

// While it is being written. A name does not begin with a dot.
std::string unfinished(const std::string& file_name) {
    return "." + file_name;
}

}  // namespace

std::string PasswordStore::path_of(const ServerAddress& server, std::string_view name) const {
    if (directory_.empty() || !is_name(name)) return {};
    return directory_ + "/" + directory_name(server) + "/" + fold_case(name);
}

PasswordStore::Found PasswordStore::find(const ServerAddress& server, std::string_view name) const {
    const std::string path = path_of(server, name);
    if (path.empty()) return {};
    const std::string of_server = path.substr(0, path.find_last_of('/'));
    const Opened all = open_directory(AT_FDCWD, directory_, directory_);
    if (!all.fd) return {{}, all.problem};
    const Opened place = open_directory(all.fd.get(), directory_name(server), of_server);
    if (!place.fd) return {{}, place.problem};
    const Opened file = open_file(place.fd.get(), fold_case(name), path);
    if (!file.fd) return {{}, file.problem};
    std::array<char, longest_kept + 1> bytes;  // not initialised: filled by read
    const ssize_t size = ::read(file.fd.get(), bytes.data(), bytes.size());
    if (size < 0) return {{}, problem_with(path, errno)};
    std::string secret(bytes.data(), static_cast<std::size_t>(size));
    secret.resize(std::min(secret.find('\n'), secret.size()));
    const bool is_one = !secret.empty() && secret.size() <= longest_kept && problem_of_secret(secret).empty();
    if (!is_one) return {{}, path + ": there is no password in it"};
    return {std::move(secret), {}};
}

std::string PasswordStore::keep(const ServerAddress& server, std::string_view name, std::string_view secret) const {
    const std::string path = path_of(server, name);
    if (path.empty()) return "there is no directory for it: neither XDG_STATE_HOME nor HOME is set";
    const std::string of_server = path.substr(0, path.find_last_of('/'));
    const std::filesystem::path parent = std::filesystem::path(directory_).parent_path();
    std::error_code ignored;
    std::filesystem::create_directories(parent.parent_path(), ignored);
    (void)::mkdir(parent.c_str(), private_directory);
    (void)::mkdir(directory_.c_str(), private_directory);
    const Opened all = open_directory(AT_FDCWD, directory_, directory_);
    if (!all.fd) return all.problem.empty() ? problem_with(directory_, ENOENT) : all.problem;
    const std::string name_of_server = directory_name(server);
    if (::mkdirat(all.fd.get(), name_of_server.c_str(), private_directory) != 0 && errno != EEXIST)
        return problem_with(of_server, errno);
    const Opened place = open_directory(all.fd.get(), name_of_server, of_server);
    if (!place.fd) return place.problem.empty() ? problem_with(of_server, ENOENT) : place.problem;
    (void)::flock(place.fd.get(), LOCK_EX);  // one client at a time; released with the descriptor
    const std::string file_name = fold_case(name);
    if (const Opened earlier = open_file(place.fd.get(), file_name, path); !earlier.problem.empty())
        return earlier.problem;
    // A client that reads never sees half of it.
    const std::string written = unfinished(file_name);
    (void)::unlinkat(place.fd.get(), written.c_str(), 0);
    UniqueFd file(
        ::openat(place.fd.get(), written.c_str(), O_WRONLY | O_CREAT | O_EXCL | O_NOFOLLOW | O_CLOEXEC, private_file));
    if (!file) return problem_with(path, errno);
    const bool is_kept = write_all_of(file.get(), std::string(secret) + "\n") &&
                         ::renameat(place.fd.get(), written.c_str(), place.fd.get(), file_name.c_str()) == 0;
    if (is_kept) return {};
    const int error = errno;
    (void)::unlinkat(place.fd.get(), written.c_str(), 0);
    return problem_with(path, error);
}

PasswordStore::Forgotten PasswordStore::forget(const ServerAddress& server, std::string_view name) const {
    const std::string path = path_of(server, name);
    if (path.empty()) return {};
    const std::string of_server = path.substr(0, path.find_last_of('/'));
    const Opened all = open_directory(AT_FDCWD, directory_, directory_);
    if (!all.fd) return {false, all.problem};
    const Opened place = open_directory(all.fd.get(), directory_name(server), of_server);
    if (!place.fd) return {false, place.problem};
    (void)::flock(place.fd.get(), LOCK_EX);
    (void)::unlinkat(place.fd.get(), unfinished(fold_case(name)).c_str(), 0);  // of a client that was killed
    if (::unlinkat(place.fd.get(), fold_case(name).c_str(), 0) != 0)
        return {false, errno == ENOENT ? "" : problem_with(path, errno)};
    (void)::rmdir(of_server.c_str());  // if it was the last one
    return {true, {}};
}

std::string password_directory() {
    const char* state = std::getenv("XDG_STATE_HOME");
    if (state != nullptr && *state != '\0') return std::string(state) + "/chat/passwords";
    const char* home = std::getenv("HOME");
    return home != nullptr && *home != '\0' ? std::string(home) + "/.local/state/chat/passwords" : "";
}

}  // namespace chat
