// Resources that a test uses and that are removed with it: directories and shared memory. And waiting for events.
#pragma once

#include "shared/memory/segment.h"

#include <sys/mman.h>
#include <sys/resource.h>
#include <unistd.h>

#include <cerrno>
#include <chrono>
#include <cstddef>
#include <filesystem>
#include <stdexcept>
#include <string>
#include <string_view>
#include <system_error>
#include <thread>
#include <utility>

namespace chat::test {

inline constexpr std::chrono::seconds deadline{60};
// A test that repeats something very often does so for this time at most: on a busy machine each time may take
// milliseconds.
inline constexpr std::chrono::seconds long_enough{10};

// Polls until `is_true` or the deadline; false: it never was.
template <typename Predicate>
[[nodiscard]] bool eventually(Predicate is_true) {
    const auto until = std::chrono::steady_clock::now() + deadline;
    while (!is_true()) {
        if (std::chrono::steady_clock::now() > until) return false;
        std::this_thread::sleep_for(std::chrono::milliseconds(1));
    }
    return true;
}

inline void require_system(bool succeeded, const char* what) {
    if (!succeeded) throw std::system_error(errno, std::generic_category(), what);
}

class TemporaryDirectory {
  public:
    TemporaryDirectory() {
        std::string name = (std::filesystem::temp_directory_path() / "chat-unit-XXXXXX").string();
        require_system(::mkdtemp(name.data()) != nullptr, "making a directory");
        path_ = name;
    }
    TemporaryDirectory(const TemporaryDirectory&) = delete;
    TemporaryDirectory& operator=(const TemporaryDirectory&) = delete;
    ~TemporaryDirectory() {
        std::error_code ignored;
        std::filesystem::remove_all(path_, ignored);
    }
    [[nodiscard]] const std::string& path() const noexcept { return path_; }
    [[nodiscard]] std::string file(std::string_view name) const { return path_ + '/' + std::string(name); }

  private:
    std::string path_;
};

// A unique instance name; objects made under it are removed at the end.
class ScratchInstance {
  public:
    ScratchInstance() {
        static int count = 0;
        name_ = "unit-" + std::to_string(::getpid()) + '-' + std::to_string(++count);
        unlink();  // left by a crashed process with the same pid
    }
    ScratchInstance(const ScratchInstance&) = delete;
    ScratchInstance& operator=(const ScratchInstance&) = delete;
    ~ScratchInstance() { unlink(); }
    [[nodiscard]] const std::string& name() const noexcept { return name_; }
    [[nodiscard]] std::string object() const { return Segment::object_name(name_); }
    [[nodiscard]] std::string path() const { return "/dev/shm" + object(); }

  private:
    void unlink() const {
        ::shm_unlink(object().c_str());
        ::shm_unlink((object() + ".aside").c_str());
    }
    std::string name_;
};

inline constexpr SegmentSizes small_sizes{.slots = 4,
                                          .max_line = 512,
                                          .inbox = 8192,
                                          .outbox = 16'384,
                                          .queue = 262'144,
                                          .rooms = 4,
                                          .memberships = 3,
                                          .groups = 3,
                                          .members = 3,
                                          .metadata_values = 6};

struct ScratchSegment {
    explicit ScratchSegment(const SegmentSizes& sizes = small_sizes, std::uint64_t first_sequence = 1)
        : segment(Segment::create(instance.name(), sizes, first_sequence)) {}

    // The segment as another process, or this one after a restart, maps it.
    [[nodiscard]] Segment open_again() const {
        std::string problem;
        auto again = Segment::open(instance.name(), problem);
        if (!again) throw std::runtime_error(problem);
        return std::move(*again);
    }

    ScratchInstance instance;
    Segment segment;
};

// While it exists, this process gets no further descriptor.
class NoDescriptorsLeft {
  public:
    NoDescriptorsLeft() {
        require_system(::getrlimit(RLIMIT_NOFILE, &before_) == 0, "getrlimit");
        const int lowest_free = ::dup(0);
        require_system(lowest_free >= 0, "dup");
        ::close(lowest_free);
        const rlimit none{static_cast<rlim_t>(lowest_free), before_.rlim_max};
        require_system(::setrlimit(RLIMIT_NOFILE, &none) == 0, "setrlimit");
    }
    NoDescriptorsLeft(const NoDescriptorsLeft&) = delete;
    NoDescriptorsLeft& operator=(const NoDescriptorsLeft&) = delete;
    ~NoDescriptorsLeft() { (void)::setrlimit(RLIMIT_NOFILE, &before_); }

  private:
    rlimit before_{};
};

inline std::size_t open_descriptors() {
    std::size_t count = 0;
    for ([[maybe_unused]] const auto& entry : std::filesystem::directory_iterator("/proc/self/fd")) ++count;
    return count;
}

}  // namespace chat::test
