// Headers of 512 bytes, contents in blocks of 512, and two empty blocks at the end: tar(5).
#include "control/archive.h"

#include "control/exit_status.h"

#include <fcntl.h>
#include <sys/stat.h>
#include <unistd.h>

#include <algorithm>
#include <array>
#include <cerrno>
#include <cstring>
#include <system_error>
#include <utility>

namespace chat {
namespace {

constexpr std::size_t block = 512;
constexpr std::uint64_t most_octal = 077'777'777'777;  // in the eleven digits of a size

std::string octal(std::uint64_t number, std::size_t digits) {
    std::string text(digits, '0');
    for (std::size_t i = digits; i-- > 0; number >>= 3U) text[i] = static_cast<char>('0' + (number & 7U));
    return text;
}

void put(std::string& header, std::size_t at, const std::string& text, std::size_t most) {
    header.replace(at, std::min(text.size(), most), text, 0, most);
}

}  // namespace

std::string archive_header(const ArchivedFile& file) {
    std::string header(block, '\0');
    put(header, 0, file.name, 100);
    put(header, 100, octal(file.mode & 07777U, 7), 7);
    put(header, 108, octal(file.uid & 07'777'777U, 7), 7);
    put(header, 116, octal(file.gid & 07'777'777U, 7), 7);
    if (file.size <= most_octal) {
        put(header, 124, octal(file.size, 11), 11);
    } else {
        header[124] = '\x80';  // GNU: a big-endian number in the other bytes
        for (std::size_t i = 0; i < 8; ++i) header[135 - i] = static_cast<char>(file.size >> (8 * i) & 0xffU);
    }
    put(header, 136, octal(static_cast<std::uint64_t>(std::max<std::int64_t>(0, file.modified)), 11), 11);
    header.replace(148, 8, 8, ' ');  // the checksum counts as spaces
    header[156] = '0';
    put(header, 257, std::string("ustar\0", 6) + "00", 8);
    put(header, 265, file.user, 31);
    put(header, 297, file.group, 31);
    std::uint32_t sum = 0;
    for (const char c : header) sum += static_cast<unsigned char>(c);
    put(header, 148, octal(sum, 6) + '\0', 7);
    return header;
}

Archive::Archive(std::string path) : path_(std::move(path)), unfinished_(path_ + ".unfinished") {
    (void)::unlink(unfinished_.c_str());
    fd_ = UniqueFd(::open(unfinished_.c_str(), O_WRONLY | O_CREAT | O_EXCL | O_CLOEXEC | O_NOFOLLOW, 0600));
    if (!fd_) fail("cannot be made");
}

Archive::~Archive() {
    if (fd_ && !finished_) (void)::unlink(unfinished_.c_str());
}

void Archive::fail(const std::string& what) const {
    throw Failure(errno == EACCES || errno == EPERM ? exit_not_allowed : exit_refused,
                  path_ + " " + what + ": " + std::generic_category().message(errno));
}

void Archive::write(const char* bytes, std::size_t size) {
    while (size > 0) {
        const ssize_t written = ::write(fd_.get(), bytes, size);
        if (written < 0 && errno == EINTR) continue;
        if (written <= 0) fail("cannot be written");
        bytes += written;
        size -= static_cast<std::size_t>(written);
    }
}

void Archive::add(const ArchivedFile& file, int content) {
    const std::string header = archive_header(file);
    write(header.data(), header.size());
    std::array<char, 1U << 16U> bytes;
    for (std::uint64_t left = file.size; left > 0;) {
        const ssize_t size = ::read(content, bytes.data(), std::min<std::uint64_t>(left, bytes.size()));
        if (size < 0 && errno == EINTR) continue;
        if (size <= 0) throw Failure(exit_refused, file.name + " became shorter while it was read");
        write(bytes.data(), static_cast<std::size_t>(size));
        left -= static_cast<std::uint64_t>(size);
    }
    const std::string padding((block - file.size % block) % block, '\0');
    write(padding.data(), padding.size());
}

void Archive::finish() {
    const std::string end(2 * block, '\0');
    write(end.data(), end.size());
    if (::fsync(fd_.get()) != 0) fail("cannot be written");
    if (::rename(unfinished_.c_str(), path_.c_str()) != 0) fail("cannot be renamed");
    finished_ = true;
    // The name, too, survives a loss of power.
    const std::string directory = path_.substr(0, path_.rfind('/') + 1);
    if (const UniqueFd fd(::open(directory.empty() ? "." : directory.c_str(), O_RDONLY | O_DIRECTORY | O_CLOEXEC)); fd)
        (void)::fsync(fd.get());
}

}  // namespace chat
