// Counts crash points and kills the process at one of them.
#include "shared/system/crash_point.h"

#ifdef CHAT_CRASH_POINTS

#include "shared/system/unique_fd.h"

#include <fcntl.h>
#include <signal.h>
#include <sys/mman.h>
#include <sys/stat.h>
#include <unistd.h>

#include <cerrno>
#include <cstdlib>
#include <cstring>
#include <string>

namespace chat {
namespace {

CrashControl* open_control() {
    const char* directory = std::getenv("CHAT_CRASH_DIRECTORY");
    if (directory == nullptr) return nullptr;
    const std::string path = std::string(directory) + '/' + program_invocation_short_name;
    const UniqueFd fd(::open(path.c_str(), O_RDWR | O_CLOEXEC));
    struct stat status {};
    if (!fd || ::fstat(fd.get(), &status) != 0 || status.st_size < static_cast<off_t>(sizeof(CrashControl)))
        return nullptr;
    void* memory = ::mmap(nullptr, sizeof(CrashControl), PROT_READ | PROT_WRITE, MAP_SHARED, fd.get(), 0);
    if (memory == MAP_FAILED) return nullptr;
    auto* control = static_cast<CrashControl*>(memory);
    if (const std::uint64_t next = control->next.exchange(0); next != 0) control->countdown = next;
    return control;
}

CrashControl* control_of_this_process() noexcept {
    const int error = errno;  // a point may come between a call and the check of errno
    static CrashControl* const control = open_control();
    errno = error;
    return control;
}

void die(CrashControl& control, const char* name) noexcept {
    std::strncpy(control.name, name, sizeof control.name - 1);
    ++control.crashes;
    ::kill(::getpid(), SIGKILL);
}

}  // namespace

void crash_point(const char* name) noexcept {
    CrashControl* control = control_of_this_process();
    if (control == nullptr) return;
    ++control->passed;
    if (control->tracing != 0)
        if (const std::uint64_t index = control->traced++; index < CrashControl::trace_size)
            std::strncpy(control->trace[index], name, sizeof control->trace[index] - 1);
    std::uint64_t left = control->countdown.load();
    if (left != 0 && control->only[0] != '\0' && std::strncmp(control->only, name, sizeof control->only) != 0) return;
    while (left != 0 && !control->countdown.compare_exchange_weak(left, left - 1)) {
    }
    if (left == 1) die(*control, name);
}

void crash_at_line(std::string_view line) noexcept {
    CrashControl* control = control_of_this_process();
    if (control != nullptr && control->line[0] != '\0' && line.find(control->line) != std::string_view::npos)
        die(*control, "a line");
}

}  // namespace chat

#endif
