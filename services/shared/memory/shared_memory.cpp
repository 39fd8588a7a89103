// shm_open, mmap, fallocate and the lock on a role.
#include "shared/memory/shared_memory.h"

#include "shared/system/random.h"
#include "shared/text/hex.h"

#include <dirent.h>
#include <fcntl.h>
#include <sys/mman.h>
#include <sys/stat.h>
#include <unistd.h>

#include <algorithm>
#include <array>
#include <atomic>
#include <cerrno>
#include <csignal>
#include <cstdint>
#include <cstdio>
#include <system_error>
#include <utility>

namespace chat {
namespace {

[[noreturn]] void fail(const std::string& what) {
    throw std::system_error(errno, std::generic_category(), what);
}

// What the SIGBUS handler may read. A mapping that finds no free entry here is not guarded.
struct Mapping {
    std::atomic<std::byte*> data;
    std::atomic<std::size_t> size;
    std::atomic<bool> cut;
};
std::array<Mapping, 8> mappings;

// The faulting page is beyond the object's end, because someone has shortened it, or there is no memory for it. Zero
// pages replace the whole mapping, the instruction is retried, and the loop notices (is_truncated) before it acts on
// many of those zeroes.
void on_missing_page(int /*signal*/, siginfo_t* info, void* /*context*/) {
    const int error = errno;
    const auto* touched = static_cast<const std::byte*>(info->si_addr);
    for (Mapping& mapping : mappings) {
        std::byte* const data = mapping.data;
        const std::size_t size = mapping.size;
        if (data == nullptr || touched < data || touched >= data + size) continue;
        if (::mmap(data, size, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS | MAP_FIXED | MAP_NORESERVE, -1,
                   0) == MAP_FAILED)
            break;
        mapping.cut = true;
        errno = error;
        return;
    }
    ::signal(SIGBUS, SIG_DFL);  // not our memory: the retried instruction ends the process
}

void guard(std::byte* data, std::size_t size) noexcept {
    static const bool installed = [] {
        struct sigaction action {};
        action.sa_sigaction = on_missing_page;
        action.sa_flags = SA_SIGINFO;
        return ::sigaction(SIGBUS, &action, nullptr) == 0;
    }();
    if (!installed) return;
    for (Mapping& mapping : mappings) {
        if (mapping.data != nullptr) continue;
        mapping.cut = false;
        mapping.size = size;
        mapping.data = data;
        return;
    }
}

bool set_lock(int fd, unsigned role, short type) noexcept {
    struct flock lock {};
    lock.l_type = type;
    lock.l_whence = SEEK_SET;
    lock.l_start = static_cast<off_t>(role);
    lock.l_len = 1;
    return ::fcntl(fd, F_OFD_SETLK, &lock) == 0;
}

// glibc keeps POSIX shared memory there (shm_overview(7)).
std::string path_of(const std::string& name) {
    return "/dev/shm" + name;
}

// Errors of opening an object that say nothing about the object.
bool is_temporary(int error) noexcept {
    return error == EMFILE || error == ENFILE || error == ENOMEM || error == ENOBUFS || error == EINTR || error == EIO;
}

Mapping* guard_of(const std::byte* data) noexcept {
    const auto found =
        std::find_if(mappings.begin(), mappings.end(), [data](const Mapping& mapping) { return mapping.data == data; });
    return data != nullptr && found != mappings.end() ? &*found : nullptr;
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
    unmap();
}

void SharedMemory::unmap() noexcept {
    if (data_ == nullptr) return;
    if (Mapping* mapping = guard_of(data_)) mapping->data = nullptr;
    ::munmap(data_, size_);
}

bool SharedMemory::is_truncated() const noexcept {
    const Mapping* mapping = guard_of(data_);
    return mapping != nullptr && mapping->cut.load(std::memory_order_relaxed);
}

bool SharedMemory::has_full_size() const noexcept {
    struct stat status {};
    return !is_truncated() && ::fstat(fd_.get(), &status) == 0 && std::cmp_equal(status.st_size, size_);
}

bool SharedMemory::has_name() const noexcept {
    struct stat status {};
    return ::fstat(fd_.get(), &status) == 0 && status.st_nlink > 0;
}

std::uint64_t SharedMemory::backed_bytes() const noexcept {
    constexpr std::uint64_t block = 512;  // stat(2)
    struct stat status {};
    return ::fstat(fd_.get(), &status) == 0 ? static_cast<std::uint64_t>(status.st_blocks) * block : 0;
}

SharedMemory SharedMemory::map(UniqueFd fd, std::size_t size) {
    void* data = ::mmap(nullptr, size, PROT_READ | PROT_WRITE, MAP_SHARED, fd.get(), 0);
    if (data == MAP_FAILED) fail("mapping shared memory");
    // People's texts, and passwords that were not used yet, do not get into core files.
    (void)::madvise(data, size, MADV_DONTDUMP);
    guard(static_cast<std::byte*>(data), size);
    return {std::move(fd), static_cast<std::byte*>(data), size};
}

std::optional<SharedMemory> SharedMemory::open(const std::string& name, std::size_t least, std::string& problem) {
    UniqueFd fd(::shm_open(name.c_str(), O_RDWR, 0));
    if (!fd) {
        if (is_temporary(errno)) fail("opening shared memory " + name);
        if (errno != ENOENT) problem = std::generic_category().message(errno);
        return std::nullopt;
    }
    struct stat status {};
    if (::fstat(fd.get(), &status) != 0) fail("inspecting shared memory " + name);
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
    try {
        if (::ftruncate(fd.get(), static_cast<off_t>(size)) != 0) fail("sizing shared memory " + name);
        return map(std::move(fd), size);
    } catch (const std::system_error&) {
        remove(name);
        throw;
    }
}

void SharedMemory::rename(const std::string& from, const std::string& to) {
    if (std::rename(path_of(from).c_str(), path_of(to).c_str()) != 0) fail("renaming shared memory " + from);
}

void SharedMemory::remove(const std::string& name) noexcept {
    ::shm_unlink(name.c_str());
}

void SharedMemory::remove_suffixed(const std::string& name) noexcept {
    DIR* directory = ::opendir(path_of("").c_str());
    if (directory == nullptr) return;
    while (const dirent* entry = ::readdir(directory)) {
        const std::string found = std::string("/") + entry->d_name;
        if (has_random_suffix(found, name)) remove(found);
    }
    ::closedir(directory);
}

bool SharedMemory::is_foreign(const std::string& name) noexcept {
    struct stat status {};
    return ::lstat(path_of(name).c_str(), &status) == 0 && status.st_uid != ::geteuid();
}

bool SharedMemory::exists(const std::string& name) noexcept {
    struct stat status {};
    return ::lstat(path_of(name).c_str(), &status) == 0;
}

bool SharedMemory::reserve(std::size_t offset, std::size_t length) const noexcept {
    int result = 0;
    do {
        // The object has its full size from the start; if it is shorter now, this call must not hide that.
        result = ::fallocate(fd_.get(), FALLOC_FL_KEEP_SIZE, static_cast<off_t>(offset), static_cast<off_t>(length));
    } while (result != 0 && errno == EINTR);
    return result == 0;
}

void SharedMemory::release_pages(std::size_t offset, std::size_t length) const noexcept {
    // If this fails, only that memory is lost.
    (void)::fallocate(fd_.get(), FALLOC_FL_PUNCH_HOLE | FALLOC_FL_KEEP_SIZE, static_cast<off_t>(offset),
                      static_cast<off_t>(length));
}

std::optional<SharedMemory::Extent> SharedMemory::next_extent(std::size_t from, std::size_t to) const noexcept {
    if (from >= to) return std::nullopt;
    const off_t begin = ::lseek(fd_.get(), static_cast<off_t>(from), SEEK_DATA);
    if (begin < 0 || std::cmp_greater_equal(begin, to)) return std::nullopt;
    const off_t end = ::lseek(fd_.get(), begin, SEEK_HOLE);
    if (end <= begin) return std::nullopt;
    const auto offset = static_cast<std::size_t>(begin);
    return Extent{offset, std::min(static_cast<std::size_t>(end), to) - offset};
}

bool SharedMemory::claim(unsigned role) const noexcept {
    return set_lock(fd_.get(), role, F_WRLCK);
}

void SharedMemory::release_role(unsigned role) const noexcept {
    (void)set_lock(fd_.get(), role, F_UNLCK);
}

std::string with_random_suffix(const std::string& name) {
    std::array<std::uint8_t, 8> bits{};
    fill_random(std::as_writable_bytes(std::span(bits)));
    return name + '-' + hex_of(bits);
}

bool has_random_suffix(std::string_view found, std::string_view name) noexcept {
    constexpr std::size_t digits = 16;
    if (found.size() != name.size() + 1 + digits || !found.starts_with(name) || found[name.size()] != '-') return false;
    return found.substr(name.size() + 1).find_first_not_of("0123456789abcdef") == std::string_view::npos;
}

void set_aside(const std::string& name) {
    // shm_unlink would leave nothing to inspect.
    const std::string path = path_of(name);
    const std::string aside = path + ".aside";
    if (std::rename(path.c_str(), aside.c_str()) == 0 || errno == ENOENT) return;
    // rename(2) never replaces a file with a directory or a directory with a file.
    if (errno == EISDIR || errno == ENOTDIR || errno == EEXIST || errno == ENOTEMPTY) {
        for (int number = 1; number < 100; ++number) {
            const std::string further = aside + '.' + std::to_string(number);
            if (std::rename(aside.c_str(), further.c_str()) == 0) break;
        }
        if (std::rename(path.c_str(), aside.c_str()) == 0) return;
    }
    // Another user may have that name. Only the latest is kept under a random one.
    SharedMemory::remove_suffixed(name + ".aside");
    if (std::rename(path.c_str(), with_random_suffix(aside).c_str()) == 0) return;
    fail("setting aside shared memory " + name);
}

}  // namespace chat
