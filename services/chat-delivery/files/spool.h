// The directory of files that wait for their receivers: STATE/files. A file's name is its id, chosen by the server.
// Space is reserved before a byte of an upload is asked for.
#pragma once

#include "shared/system/unique_fd.h"

#include <cstdint>
#include <string>
#include <unordered_set>

namespace chat {

class Spool {
  public:
    explicit Spool(const std::string& state_directory) : directory_(state_directory + "/files") {}

    // Opens or creates the file of an upload; `afresh`: another one, without the contents and the reserved space of the
    // one before. Its length is what has been received. Empty with errno set on failure: usually the disk is full.
    [[nodiscard]] UniqueFd open_upload(std::uint64_t file, bool afresh) const;
    // Reserves space up to `size`; false: the disk is full.
    [[nodiscard]] static bool reserve(int upload, std::uint64_t size) noexcept;
    // Empty if it does not exist.
    [[nodiscard]] UniqueFd open_download(std::uint64_t file) const;
    void remove(std::uint64_t file) const noexcept;
    // Removes everything else.
    void keep_only(const std::unordered_set<std::uint64_t>& files) const noexcept;

  private:
    [[nodiscard]] std::string path_of(std::uint64_t file) const { return directory_ + '/' + std::to_string(file); }
    std::string directory_;
};

// Length of an open file in bytes.
[[nodiscard]] std::uint64_t length_of(int fd) noexcept;

}  // namespace chat
