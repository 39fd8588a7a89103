// Reads clocks and formats times.
#include "shared/system/clock.h"

#include <algorithm>
#include <cstddef>
#include <ctime>
#include <string_view>

#ifdef CHAT_CRASH_POINTS
#include "shared/system/unique_fd.h"

#include <fcntl.h>
#include <sys/mman.h>
#include <sys/stat.h>

#include <atomic>
#include <cstdlib>
#endif

namespace chat {
namespace {

constexpr std::int64_t micro = 1'000'000;

Microseconds read(clockid_t clock) noexcept {
    timespec now{};
    ::clock_gettime(clock, &now);
    return std::int64_t{now.tv_sec} * micro + now.tv_nsec / 1000;
}

#ifdef CHAT_CRASH_POINTS
struct TestClock {
    std::atomic<Microseconds> shift;
    std::atomic<Microseconds> steady;
    std::atomic<Microseconds> wall;
};

const TestClock* open_test_clock() noexcept {
    const char* path = std::getenv("CHAT_CLOCK_SHIFT");
    if (path == nullptr) return nullptr;
    const UniqueFd fd(::open(path, O_RDONLY | O_CLOEXEC));
    struct stat status {};
    if (!fd || ::fstat(fd.get(), &status) != 0 || status.st_size < static_cast<off_t>(sizeof(TestClock)))
        return nullptr;
    void* memory = ::mmap(nullptr, sizeof(TestClock), PROT_READ, MAP_SHARED, fd.get(), 0);
    return memory == MAP_FAILED ? nullptr : static_cast<const TestClock*>(memory);
}

const TestClock* test_clock() noexcept {
    static const TestClock* const clock = open_test_clock();
    return clock;
}
#endif

// Years before 1970 and after 9999 cannot be written; such a time becomes the nearest one that can.
std::time_t seconds_of(Microseconds at) noexcept {
    constexpr std::int64_t last = 253402300799;
    const std::int64_t seconds = at / micro;
    return static_cast<std::time_t>(seconds < 0 ? 0 : seconds > last ? last : seconds);
}

std::string spell_local(Microseconds at, const char* format) {
    const std::time_t seconds = seconds_of(at);
    std::tm parts{};
    ::localtime_r(&seconds, &parts);
    char text[32];
    return {text, std::strftime(text, sizeof text, format, &parts)};
}

}  // namespace

#ifdef CHAT_CRASH_POINTS
Microseconds wall_clock() noexcept {
    const TestClock* test = test_clock();
    return test != nullptr && test->wall != 0 ? test->wall + test->shift : read(CLOCK_REALTIME);
}
Microseconds steady_clock() noexcept {
    const TestClock* test = test_clock();
    if (test == nullptr) return read(CLOCK_MONOTONIC);
    return (test->steady != 0 ? test->steady.load() : read(CLOCK_MONOTONIC)) + test->shift;
}
#else
Microseconds wall_clock() noexcept {
    return read(CLOCK_REALTIME);
}
Microseconds steady_clock() noexcept {
    return read(CLOCK_MONOTONIC);
}
#endif

char* put_time(char* to, Microseconds at) noexcept {
    // Consecutive lines mostly share their second, so its date is computed once.
    constexpr std::size_t prefix_size = std::string_view("2026-11-20T12:31:05.").size();
    static_assert(prefix_size + std::string_view("123Z").size() == time_size);
    thread_local std::time_t known = -1;
    thread_local char prefix[prefix_size + 1];
    const std::time_t seconds = seconds_of(at);
    if (seconds != known) {
        std::tm parts{};
        ::gmtime_r(&seconds, &parts);
        (void)std::strftime(prefix, sizeof prefix, "%Y-%m-%dT%H:%M:%S.", &parts);
        known = seconds;
    }
    const auto milliseconds = static_cast<unsigned>(at < 0 ? 0 : at % micro / 1000);
    to = std::copy_n(prefix, prefix_size, to);
    *to++ = static_cast<char>('0' + milliseconds / 100);
    *to++ = static_cast<char>('0' + milliseconds / 10 % 10);
    *to++ = static_cast<char>('0' + milliseconds % 10);
    *to++ = 'Z';
    return to;
}

std::string time_text(Microseconds at) {
    std::string text;
    append_time(text, at);
    return text;
}

void append_time(std::string& out, Microseconds at) {
    char text[time_size];
    out.append(text, put_time(text, at));
}

std::string local_date(Microseconds at) {
    return spell_local(at, "%Y-%m-%d");
}
std::string local_time(Microseconds at) {
    return spell_local(at, "%H:%M:%S");
}

}  // namespace chat
