// Files with a secret in them: see private_file.h.
#include "client/private_file.h"

#include <fcntl.h>
#include <sys/stat.h>
#include <unistd.h>

#include <array>
#include <cerrno>
#include <stdexcept>
#include <system_error>

namespace chat {

namespace {

[[noreturn]] void fail(const std::string& path, const std::string& problem) {
    throw std::runtime_error(path + ": " + problem);
}

}  // namespace

UniqueFd open_private_file(const std::string& path) {
    UniqueFd file(::open(path.c_str(), O_RDONLY | O_CLOEXEC));
    struct stat status {};
    if (!file || ::fstat(file.get(), &status) != 0) fail(path, std::generic_category().message(errno));
    constexpr mode_t of_others = S_IRWXG | S_IRWXO;
    if (S_ISREG(status.st_mode) && (status.st_mode & of_others) != 0)
        fail(path, "others can read this file; chmod 600 makes it yours alone");
    return file;
}

std::string read_private_file(const std::string& path, std::size_t most) {
    const UniqueFd file = open_private_file(path);
    std::string text;
    std::array<char, 4096> bytes;  // not initialised: filled by read
    for (;;) {
        const ssize_t count = ::read(file.get(), bytes.data(), bytes.size());
        if (count < 0 && errno == EINTR) continue;
        if (count < 0) fail(path, std::generic_category().message(errno));
        if (count == 0) return text;
        text.append(bytes.data(), static_cast<std::size_t>(count));
        if (text.size() > most) fail(path, "this file is too large");
    }
}

}  // namespace chat
