// One POSIX shared-memory object, mapped. Knows nothing of what is in it. The object is sparse: a page must be reserved
// before it is touched, so that a full /dev/shm is an answer here and never a SIGBUS there; and one that someone else
// shortens while it is in use is found out at the first touch (is_cut).
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
    // Opens the object `name` (with its leading slash). Empty when there is none; `problem` says why where there is one
    // that cannot be used: not a plain object of this user with mode 0600, or smaller than `least` bytes.
    [[nodiscard]] static std::optional<SharedMemory> open(const std::string& name, std::size_t least,
                                                          std::string& problem);
    // Creates it exclusively with mode 0600 and `size` bytes, none of them reserved. Throws std::system_error.
    [[nodiscard]] static SharedMemory create(const std::string& name, std::size_t size);

    // Gives the object `from` the name `to`, in place of what had it: one step, of which nobody sees a half. Throws
    // std::system_error.
    static void rename(const std::string& from, const std::string& to);

    // Removes the name; processes that have it mapped keep it. One that is not there is no error.
    static void remove(const std::string& name) noexcept;

    SharedMemory(SharedMemory&& other) noexcept;
    SharedMemory& operator=(SharedMemory&& other) noexcept;
    SharedMemory(const SharedMemory&) = delete;
    SharedMemory& operator=(const SharedMemory&) = delete;
    ~SharedMemory();

    [[nodiscard]] std::span<std::byte> bytes() const noexcept { return {data_, size_}; }

    // Was it found to be shorter than it was, at a touch of what is missing? This process then has zeroes in place of
    // all of it, and nothing in it is to be believed.
    [[nodiscard]] bool is_cut() const noexcept;
    // Is it as long as it was when it was mapped? Looks, where is_cut() only knows.
    [[nodiscard]] bool is_whole() const noexcept;
    // Has it still a name by which another process can open it?
    [[nodiscard]] bool has_name() const noexcept;

    // Backs [offset, offset + length) with memory, zeroes where there was none. False: no memory left.
    [[nodiscard]] bool reserve(std::size_t offset, std::size_t length) const noexcept;
    // Gives the whole pages inside [offset, offset + length) back; they read as zeroes.
    void give_back(std::size_t offset, std::size_t length) const noexcept;

    // The next bytes in [from, to) that have memory behind them; empty where there are none. Counts in pages.
    struct Extent {
        std::size_t offset;
        std::size_t length;
    };
    [[nodiscard]] std::optional<Extent> next_extent(std::size_t from, std::size_t to) const noexcept;

    // Claims a role for the life of this process, or until this object is closed or gives it back (an
    // open-file-description lock on one byte, fcntl(2)): false when another process holds it.
    [[nodiscard]] bool claim(unsigned role) const noexcept;
    void give_back_role(unsigned role) const noexcept;

  private:
    SharedMemory(UniqueFd fd, std::byte* data, std::size_t size) noexcept;
    static SharedMemory map(UniqueFd fd, std::size_t size);

    void unmap() noexcept;

    UniqueFd fd_;
    std::byte* data_ = nullptr;
    std::size_t size_ = 0;
};

// Puts the object `name` out of the way as `name`.aside, replacing an older one, so that a look at it stays possible.
// One that is not there is no error. Throws std::system_error when it cannot, as for an object of another user.
void set_aside(const std::string& name);

}  // namespace chat
