// Writes a tar archive: POSIX ustar, with sizes of any length as GNU tar spells them.
#pragma once

#include "shared/system/unique_fd.h"

#include <cstdint>
#include <string>

namespace chat {

// Whose a file was; extracting it as root makes it theirs again.
struct ArchivedFile {
    std::string name;  // at most 100 bytes
    std::uint64_t size = 0;
    std::int64_t modified = 0;  // seconds since 1970
    std::uint32_t mode = 0600;
    std::string user = {};  // at most 31 bytes
    std::string group = {};
    std::uint32_t uid = 0;
    std::uint32_t gid = 0;
};

// The header of a file: 512 bytes.
[[nodiscard]] std::string archive_header(const ArchivedFile& file);

class Archive {
  public:
    // Writes to `path`, which only its owner may read, under another name until it is complete. Throws Failure.
    explicit Archive(std::string path);
    ~Archive();  // an archive that is not finished is removed
    Archive(const Archive&) = delete;
    Archive& operator=(const Archive&) = delete;

    // Adds the whole content of a file. Throws Failure.
    void add(const ArchivedFile& file, int content);
    // Writes everything to the disk and gives the archive its name, replacing what had it. Throws Failure.
    void finish();

    [[nodiscard]] const std::string& path() const noexcept { return path_; }

  private:
    void write(const char* bytes, std::size_t size);
    [[noreturn]] void fail(const std::string& what) const;

    std::string path_;
    std::string unfinished_;
    UniqueFd fd_;
    bool finished_ = false;
};

}  // namespace chat
