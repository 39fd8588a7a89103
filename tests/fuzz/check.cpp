// Looking at the process from outside the code that is fed.
#include "tests/fuzz/check.h"

#include "shared/unique_fd.h"

#include <fcntl.h>

namespace chat::fuzz {

int next_descriptor() {
    return UniqueFd(::fcntl(STDERR_FILENO, F_DUPFD_CLOEXEC, 3)).get();
}

}  // namespace chat::fuzz
