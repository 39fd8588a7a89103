// Marked steps at which a test may kill the process: each commit word and each system call between commits has one
// before or after it. In a build without CHAT_CRASH_POINTS they are nothing at all.
//
// The test controls them through a file of 64-bit words, which the daemon maps: see CrashControl. It lies in the
// directory that the environment variable CHAT_CRASH_DIRECTORY names, and is called as the program is.
#pragma once

#ifdef CHAT_CRASH_POINTS

#include <atomic>
#include <cstdint>

namespace chat {

struct CrashControl {
    std::atomic<std::uint64_t> passed;     // points passed so far, by any life of the process
    std::atomic<std::uint64_t> countdown;  // the process dies by SIGKILL at the point that makes it 0; 0 = never
    std::atomic<std::uint64_t> next;       // what a process makes of `countdown` when it starts; it sets this to 0
    std::atomic<std::uint64_t> deaths;
    char name[96];  // of the point at which it died last
    char only[96];  // where set: points of any other name do not count down

    // While `tracing` is not 0, the names of points passed are noted here, one after the other; `traced` counts them,
    // also those for which there is no room.
    static constexpr std::uint64_t trace_size = 8192;
    std::atomic<std::uint64_t> tracing;
    std::atomic<std::uint64_t> traced;
    char trace[trace_size][64];
};

void crash_point(const char* name) noexcept;

}  // namespace chat

#define CHAT_CRASH_POINT(name) ::chat::crash_point(name)
#else
#define CHAT_CRASH_POINT(name) static_cast<void>(0)
#endif
