// open(2), fallocate(2) and unlink(2) in the spool.
#include "chat-delivery/files/spool.h"

#include "shared/text/line.h"

#include <fcntl.h>
#include <sys/stat.h>
#include <unistd.h>

#include <cerrno>
#include <filesystem>
#include <string_view>

namespace chat {

std::uint64_t length_of(int fd) noexcept {
    struct stat status {};
    return ::fstat(fd, &status) == 0 ? static_cast<std::uint64_t>(status.st_size) : 0;
}

UniqueFd Spool::open_upload(std::uint64_t file, bool afresh) const {
    if (::mkdir(directory_.c_str(), 0700) != 0 && errno != EEXIST) return {};
    if (afresh) remove(file);
    return UniqueFd(::open(path_of(file).c_str(), O_RDWR | O_CREAT | O_NOFOLLOW | O_CLOEXEC, 0600));
}

bool Spool::reserve(int upload, std::uint64_t size) noexcept {
    // The length remains what has been received. A file system that cannot reserve space fails on writing instead.
    return ::fallocate(upload, FALLOC_FL_KEEP_SIZE, 0, static_cast<off_t>(size)) == 0 || errno == EOPNOTSUPP;
}

UniqueFd Spool::open_download(std::uint64_t file) const {
    return UniqueFd(::open(path_of(file).c_str(), O_RDONLY | O_NOFOLLOW | O_CLOEXEC));
}

void Spool::remove(std::uint64_t file) const noexcept {
    (void)::unlink(path_of(file).c_str());
}

void Spool::keep_only(const std::unordered_set<std::uint64_t>& files) const noexcept {
    std::error_code error;
    for (std::filesystem::directory_iterator entry(directory_, error), end; !error && entry != end;
         entry.increment(error)) {
        const std::string name = entry->path().filename().string();
        const auto file = whole_number<std::uint64_t>(name);
        if (file && files.contains(*file)) continue;
        (void)::unlink(entry->path().c_str());
    }
}

}  // namespace chat
