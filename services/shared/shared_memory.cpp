// shm_open, mmap, fallocate and the lock on a role.
#include "shared/shared_memory.h"

#include <fcntl.h>
#include <sys/mman.h>
#include <sys/stat.h>

#include <cerrno>
#include <cstdio>
#include <system_error>
#include <utility>

namespace chat {
namespace {

[[noreturn]] void fail(const std::string& what) {
    throw std::system_error(errno, std::generic_category(), what);
}

}  // namespace

SharedMemory::SharedMemory(UniqueFd fd, std::byte* data, std::size_t size) noexcept
    : fd_(std::move(fd)), data_(data), size_(size) {}

SharedMemory::SharedMemory(SharedMemory&& other) noexcept
    : fd_(std::move(other.fd_)), data_(std::exchange(other.data_, nullptr)), size_(std::exchange(other.size_, 0)) {}

SharedMemory& SharedMemory::operator=(SharedMemory&& other) noexcept {
    std::swap(fd_, other.fd_);
    std::swap(data_, other.data_);
    std::swap(size_, other.size_);
    return *this;
}

SharedMemory::~SharedMemory() {
    if (data_ != nullptr) ::munmap(data_, size_);
}

SharedMemory SharedMemory::map(UniqueFd fd, std::size_t size) {
    void* data = ::mmap(nullptr, size, PROT_READ | PROT_WRITE, MAP_SHARED, fd.get(), 0);
    if (data == MAP_FAILED) fail("mapping shared memory");
    return {std::move(fd), static_cast<std::byte*>(data), size};
}

std::optional<SharedMemory> SharedMemory::open(const std::string& name, std::size_t least, std::string& problem) {
    UniqueFd fd(::shm_open(name.c_str(), O_RDWR, 0));
    if (!fd) {
        if (errno != ENOENT) problem = std::generic_category().message(errno);
        return std::nullopt;
    }
    struct stat status {};
    if (::fstat(fd.get(), &status) != 0) fail("looking at shared memory " + name);
    if (!S_ISREG(status.st_mode) || status.st_uid != ::geteuid() || (status.st_mode & 07777U) != 0600) {
        problem = "it is not a private object of this user";
        return std::nullopt;
    }
    if (std::cmp_less(status.st_size, least)) {
        problem = "it is too small";
        return std::nullopt;
    }
    return map(std::move(fd), static_cast<std::size_t>(status.st_size));
}

SharedMemory SharedMemory::create(const std::string& name, std::size_t size) {
    UniqueFd fd(::shm_open(name.c_str(), O_RDWR | O_CREAT | O_EXCL, 0600));
    if (!fd) fail("creating shared memory " + name);
    if (::ftruncate(fd.get(), static_cast<off_t>(size)) != 0) fail("sizing shared memory " + name);
    return map(std::move(fd), size);
}

void SharedMemory::remove(const std::string& name) noexcept {
    ::shm_unlink(name.c_str());
}

bool SharedMemory::reserve(std::size_t offset, std::size_t length) const noexcept {
    int result = 0;
    do {
        result = ::fallocate(fd_.get(), 0, static_cast<off_t>(offset), static_cast<off_t>(length));
    } while (result != 0 && errno == EINTR);
    return result == 0;
}

void SharedMemory::give_back(std::size_t offset, std::size_t length) const noexcept {
    // Failing to give memory back costs only that memory.
    (void)::fallocate(fd_.get(), FALLOC_FL_PUNCH_HOLE | FALLOC_FL_KEEP_SIZE, static_cast<off_t>(offset),
                      static_cast<off_t>(length));
}

bool SharedMemory::claim(unsigned role) const noexcept {
    struct flock lock {};
    lock.l_type = F_WRLCK;
    lock.l_whence = SEEK_SET;
    lock.l_start = static_cast<off_t>(role);
    lock.l_len = 1;
    return ::fcntl(fd_.get(), F_OFD_SETLK, &lock) == 0;
}

void set_aside(const std::string& name) {
    // glibc keeps POSIX shared memory in /dev/shm (shm_overview(7)); shm_unlink would leave nothing to look at.
    const std::string path = "/dev/shm" + name;
    if (std::rename(path.c_str(), (path + ".aside").c_str()) != 0) fail("setting aside shared memory " + name);
}

}  // namespace chat
