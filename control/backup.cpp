// The log and the accounts by SQLite's online backup, the list of bans as it is.
#include "control/backup.h"

#include "control/archive.h"
#include "control/asking.h"
#include "control/exit_status.h"
#include "control/log.h"
#include "shared/text/printable.h"

#include <fcntl.h>
#include <grp.h>
#include <pwd.h>
#include <sqlite3.h>
#include <sys/stat.h>
#include <unistd.h>

#include <cerrno>
#include <memory>
#include <string>
#include <string_view>
#include <system_error>
#include <utility>
#include <vector>

namespace chat {
namespace {

constexpr int busy_time = 5000;  // milliseconds to wait for a lock

struct Close {
    void operator()(sqlite3* handle) const noexcept { sqlite3_close(handle); }
};
using Database = std::unique_ptr<sqlite3, Close>;

[[noreturn]] void fail_at(const std::string& path, int error) {
    const bool forbidden = error == EACCES || error == EPERM;
    throw Failure(forbidden ? exit_not_allowed : exit_refused,
                  path + ": " + std::generic_category().message(error) +
                      (forbidden ? "; only root may back up a server that systemd runs" : ""));
}

Database open_database(const std::string& path, int flags) {
    sqlite3* handle = nullptr;
    const int status = sqlite3_open_v2(path.c_str(), &handle, flags, nullptr);
    Database database(handle);
    if (status != SQLITE_OK) throw Failure(exit_refused, path + ": " + sqlite3_errstr(status));
    sqlite3_busy_timeout(handle, busy_time);
    return database;
}

// A file that is gone once it is closed.
class Copy {
  public:
    explicit Copy(std::string path) : path_(std::move(path)) {
        remove();
        const UniqueFd fd(::open(path_.c_str(), O_RDWR | O_CREAT | O_EXCL | O_CLOEXEC | O_NOFOLLOW, 0600));
        if (!fd) fail_at(path_, errno);
    }
    ~Copy() { remove(); }
    Copy(const Copy&) = delete;
    Copy& operator=(const Copy&) = delete;

    // One step: all of it as it is at one moment. The server continues to write meanwhile.
    void take(const std::string& original) const {
        const Database from = open_database(original, SQLITE_OPEN_READONLY);
        const Database to = open_database(path_, SQLITE_OPEN_READWRITE);
        sqlite3_backup* backup = sqlite3_backup_init(to.get(), "main", from.get(), "main");
        if (backup == nullptr) throw Failure(exit_refused, original + ": " + sqlite3_errmsg(to.get()));
        int status = SQLITE_OK;
        for (int tries = 0; tries < 3; ++tries) {
            status = sqlite3_backup_step(backup, -1);
            if (status != SQLITE_BUSY && status != SQLITE_LOCKED) break;
        }
        (void)sqlite3_backup_finish(backup);
        if (status != SQLITE_DONE) throw Failure(exit_refused, original + ": " + sqlite3_errstr(status));
    }
    [[nodiscard]] const std::string& path() const noexcept { return path_; }

  private:
    void remove() const noexcept {
        for (const char* ending : {"", "-journal", "-wal", "-shm"}) (void)::unlink((path_ + ending).c_str());
    }
    std::string path_;
};

std::string name_of_user(uid_t uid) {
    const passwd* user = ::getpwuid(uid);
    return user == nullptr ? "" : user->pw_name;
}

std::string name_of_group(gid_t gid) {
    const group* entry = ::getgrgid(gid);
    return entry == nullptr ? "" : entry->gr_name;
}

class Backup {
  public:
    explicit Backup(const std::string& file) : archive_(file) {}

    // False: there is no such file, which is no mistake if it is `optional`.
    bool add_database(const std::string& name, const std::string& original, bool optional) {
        struct stat status {};
        if (!find(original, optional, status)) return false;
        const Copy copy(archive_.path() + '.' + name + ".copy");
        copy.take(original);
        add(name, copy.path(), status);
        return true;
    }
    bool add_file(const std::string& name, const std::string& original) {
        struct stat status {};
        if (!find(original, true, status)) return false;
        add(name, original, status);
        return true;
    }
    void finish() { archive_.finish(); }
    [[nodiscard]] Json files() const { return Json::array(files_); }
    [[nodiscard]] const std::string& text() const noexcept { return text_; }

  private:
    static bool find(const std::string& path, bool optional, struct stat& status) {
        if (::stat(path.c_str(), &status) == 0 && ::access(path.c_str(), R_OK) == 0) return true;
        if (errno == ENOENT && optional) return false;
        fail_at(path, errno);
    }
    // `original`: of the file that is backed up.
    void add(const std::string& name, const std::string& path, const struct stat& original) {
        const UniqueFd fd(::open(path.c_str(), O_RDONLY | O_CLOEXEC));
        struct stat status {};
        if (!fd || ::fstat(fd.get(), &status) != 0) fail_at(path, errno);
        const auto size = static_cast<std::uint64_t>(status.st_size);
        archive_.add({.name = name,
                      .size = size,
                      .modified = status.st_mtime,
                      .mode = original.st_mode & 0777U,
                      .user = name_of_user(original.st_uid),
                      .group = name_of_group(original.st_gid),
                      .uid = original.st_uid,
                      .gid = original.st_gid},
                     fd.get());
        files_.push_back(Json{{"name", name}, {"bytes", size}});
        text_ += (text_.empty() ? "" : ", ") + name + " (" + std::to_string(size) + " bytes)";
    }

    Archive archive_;
    std::vector<Json> files_;
    std::string text_;
};

constexpr std::string_view installed_state = "/var/lib/chat/";

// A server that was started by hand has its accounts beside its log.
std::string accounts_of(const Arguments& arguments, const std::string& state) {
    if (arguments.accounts) return *arguments.accounts;
    return state == installed_state ? "/var/lib/chat-auth/auth.db" : state + "auth.db";
}

}  // namespace

int make_backup(const Arguments& arguments) {
    ::umask(0077);
    const std::string log = database_of(arguments);
    const std::string state = log.substr(0, log.rfind('/') + 1);
    Backup backup(arguments.target);
    (void)backup.add_database("chat.db", log, false);
    // Afterwards, so that it has every account that the log knows.
    (void)backup.add_database("auth.db", accounts_of(arguments, state), !arguments.accounts);
    (void)backup.add_file("bans.json", state + "bans.json");
    backup.finish();
    if (arguments.json)
        print_document({{"file", arguments.target}, {"files", backup.files()}});
    else
        print(printable(arguments.target) + ": " + backup.text() + ".\n");
    return exit_done;
}

}  // namespace chat
