// One mapped POSIX shared-memory object, independent of its contents. The object is sparse: a page must be reserved
// before it is touched, so that a full /dev/shm is an error result here and never a SIGBUS later. If someone shortens
// the object while it is in use, the first access notices (is_truncated).
#pragma once

#include "shared/system/unique_fd.h"

#include <cstddef>
#include <cstdint>
#include <optional>
#include <span>
#include <string>

namespace chat {

class SharedMemory {
  public:
    // Opens the object `name` (with its leading slash). Empty if there is none, or if it cannot be used: not a plain
    // object of this user with mode 0600, or smaller than `least` bytes; `problem` then says why. Throws
    // std::system_error for anything that passes, such as a lack of memory or descriptors.
    [[nodiscard]] static std::optional<SharedMemory> open(const std::string& name, std::size_t least,
                                                          std::string& problem);
    // Creates it exclusively with mode 0600 and `size` bytes, none of them reserved. Throws std::system_error.
    [[nodiscard]] static SharedMemory create(const std::string& name, std::size_t size);

    // Renames the object `from` to `to`, atomically replacing any object of that name. Throws std::system_error.
    static void rename(const std::string& from, const std::string& to);

    // Removes the name; processes that have it mapped keep it. A missing object is not an error.
    static void remove(const std::string& name) noexcept;
    // The same for every name that with_random_suffix(name) may have given.
    static void remove_suffixed(const std::string& name) noexcept;
    // True if there is anything of that name, whoever it belongs to.
    [[nodiscard]] static bool exists(const std::string& name) noexcept;
    // True if another user has it, so that it can be neither removed nor renamed.
    [[nodiscard]] static bool is_foreign(const std::string& name) noexcept;

    SharedMemory(SharedMemory&& other) noexcept;
    SharedMemory& operator=(SharedMemory&& other) noexcept;
    SharedMemory(const SharedMemory&) = delete;
    SharedMemory& operator=(const SharedMemory&) = delete;
    ~SharedMemory();

    [[nodiscard]] std::span<std::byte> bytes() const noexcept { return {data_, size_}; }

    // True if an access has hit a missing page: the object was shortened. This process then has zeroes in place of all
    // of it, and must not trust any of its contents.
    [[nodiscard]] bool is_truncated() const noexcept;
    // True if the object still has its mapped size. Calls fstat(); is_truncated() only reads a flag.
    [[nodiscard]] bool has_full_size() const noexcept;
    // True if it still has a name under which another process can open it.
    [[nodiscard]] bool has_name() const noexcept;

    // Bytes that are backed by memory. Calls fstat().
    [[nodiscard]] std::uint64_t backed_bytes() const noexcept;

    // Backs [offset, offset + length) with memory; new pages are zero. False: no memory left.
    [[nodiscard]] bool reserve(std::size_t offset, std::size_t length) const noexcept;
    // Releases the whole pages inside [offset, offset + length); they then read as zeroes.
    void release_pages(std::size_t offset, std::size_t length) const noexcept;

    // The next bytes in [from, to) that are backed by memory; empty if there are none. Counts in pages.
    struct Extent {
        std::size_t offset;
        std::size_t length;
    };
    [[nodiscard]] std::optional<Extent> next_extent(std::size_t from, std::size_t to) const noexcept;

    // Claims a role until the process ends, this object is closed, or the role is released (an open-file-description
    // lock on one byte, fcntl(2)). False: another process holds it.
    [[nodiscard]] bool claim(unsigned role) const noexcept;
    void release_role(unsigned role) const noexcept;

  private:
    SharedMemory(UniqueFd fd, std::byte* data, std::size_t size) noexcept;
    static SharedMemory map(UniqueFd fd, std::size_t size);

    void unmap() noexcept;

    UniqueFd fd_;
    std::byte* data_ = nullptr;
    std::size_t size_ = 0;
};

// `name` with 64 random bits, for when another user has taken a name.
[[nodiscard]] std::string with_random_suffix(const std::string& name);
// Whether with_random_suffix(name) may have given this one.
[[nodiscard]] bool has_random_suffix(std::string_view found, std::string_view name) noexcept;

// Renames the object `name` to `name`.aside, replacing an older one, so that it can be inspected; if another user has
// that name, to one with a random suffix. A missing object is not an error. Throws std::system_error on failure, for
// example for another user's object.
void set_aside(const std::string& name);

}  // namespace chat
