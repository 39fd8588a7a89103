// Crash points: marked steps at which a test may kill the process. Each commit word and each system call between
// commits has one before or after it. Without CHAT_CRASH_POINTS they compile to nothing.
//
// The test controls them through a file of 64-bit words, which the daemon maps: see CrashControl. The file is in the
// directory named by the environment variable CHAT_CRASH_DIRECTORY and has the program's name.
#pragma once

#ifdef CHAT_CRASH_POINTS

#include <atomic>
#include <cstdint>
#include <string_view>

namespace chat {

struct CrashControl {
    std::atomic<std::uint64_t> passed;     // points passed so far, over all lives of the process
    std::atomic<std::uint64_t> countdown;  // the process dies by SIGKILL at the point that makes it 0; 0 = never
    std::atomic<std::uint64_t> next;       // a starting process moves this to `countdown` and sets it to 0
    std::atomic<std::uint64_t> crashes;
    char name[96];  // of the point at which it last died
    char only[96];  // if set, only points of this name count down
    char line[96];  // if set, the process dies by SIGKILL at each line that contains this text

    // While `tracing` is not 0, the names of passed points are recorded here in order; `traced` counts them, including
    // those for which there is no room.
    static constexpr std::uint64_t trace_size = 8192;
    std::atomic<std::uint64_t> tracing;
    std::atomic<std::uint64_t> traced;
    char trace[trace_size][64];
};

void crash_point(const char* name) noexcept;
// For a line that ends the process each time that it is processed.
void crash_at_line(std::string_view line) noexcept;

}  // namespace chat

#define CHAT_CRASH_POINT(name) ::chat::crash_point(name)
#define CHAT_CRASH_LINE(line) ::chat::crash_at_line(line)
#else
#define CHAT_CRASH_POINT(name) static_cast<void>(0)
#define CHAT_CRASH_LINE(line) static_cast<void>(0)
#endif
