// Where received files go. Whatever a sender or server calls a file, it never leaves this directory, overwrites an
// existing file, or becomes executable.
#pragma once

#include "shared/system/unique_fd.h"

#include <cstdint>
#include <string>
#include <string_view>

namespace chat {

// A path as people write it: ~/ at its beginning is the home directory that the environment names.
[[nodiscard]] std::string with_home(std::string_view path);

// $XDG_DOWNLOAD_DIR, or what user-dirs.dirs says, or ~/Downloads.
[[nodiscard]] std::string default_download_directory();

// A name that is safe to create, made of what the sender calls the file: a base name of at most 255 bytes of clean
// text that starts with neither a dot nor a dash. Never empty.
[[nodiscard]] std::string safe_file_name(std::string_view name);

// `photo.jpg` with 1 becomes `photo (1).jpg`, cut so that it has 255 bytes at most.
[[nodiscard]] std::string numbered_file_name(const std::string& name, int number);

class DownloadDirectory {
  public:
    // Makes the directory if it is missing. Throws std::system_error.
    explicit DownloadDirectory(std::string path);

    // A hidden file for the part of a download received so far; `number` distinguishes it from others.
    struct Part {
        std::string name;
        UniqueFd fd;
    };
    // Throws std::system_error.
    [[nodiscard]] Part create_part(std::uint64_t number) const;
    // Gives the part its final name, or a numbered one if that is taken; nothing is overwritten. Returns the path.
    // Throws std::system_error.
    [[nodiscard]] std::string keep(const Part& part, const std::string& name) const;
    void discard(const Part& part) const noexcept;

  private:
    std::string path_;
    UniqueFd directory_;
};

}  // namespace chat
