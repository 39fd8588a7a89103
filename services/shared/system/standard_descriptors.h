// Standard input, output and error of a program that was started without one of them.
#pragma once

#include <fcntl.h>
#include <unistd.h>

namespace chat {

// Call it first: the next file or socket would take the place of one that is closed, and what is meant for people would
// be written there. Whatever is written to a closed standard output fails.
inline void keep_standard_descriptors() noexcept {
    for (int fd = STDIN_FILENO; fd <= STDERR_FILENO; ++fd) {
        if (::fcntl(fd, F_GETFD) >= 0) continue;
        const bool is_output = fd == STDOUT_FILENO;
        // The lowest one that is free, which is this one.
        if (::open(is_output ? "/dev/full" : "/dev/null", is_output ? O_WRONLY : O_RDWR) < 0)
            (void)::open("/dev/null", O_RDWR);
    }
}

}  // namespace chat
