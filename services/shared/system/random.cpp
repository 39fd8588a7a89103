// The kernel's random numbers.
#include "shared/system/random.h"

#include <sys/random.h>

#include <cerrno>
#include <system_error>

namespace chat {

void fill_random(std::span<std::byte> bytes) {
    if (::getrandom(bytes.data(), bytes.size(), 0) != static_cast<ssize_t>(bytes.size()))
        throw std::system_error(errno, std::generic_category(), "getting random bytes");
}

}  // namespace chat
