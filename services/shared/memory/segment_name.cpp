// The file: one line with the instance and its suffix.
#include "shared/memory/segment_name.h"

#include "shared/memory/segment.h"
#include "shared/system/unique_fd.h"

#include <fcntl.h>
#include <unistd.h>

#include <algorithm>
#include <cerrno>
#include <cstdio>
#include <string_view>
#include <system_error>
#include <utility>

namespace chat {
namespace {

[[noreturn]] void fail_with_errno(const std::string& what) {
    throw std::system_error(errno, std::generic_category(), what);
}

}  // namespace

SegmentName::SegmentName(std::string instance, std::string directory)
    : instance_(std::move(instance)), path_(std::move(directory) + "/segment-" + instance_) {}

std::string SegmentName::current() const {
    const UniqueFd file(::open(path_.c_str(), O_RDONLY | O_CLOEXEC | O_NOFOLLOW));
    if (!file) {
        if (errno == ENOENT || errno == ENOTDIR) return instance_;
        fail_with_errno("reading " + path_);
    }
    std::string text(256, '\0');
    const ssize_t size = ::read(file.get(), text.data(), text.size());
    if (size < 0) fail_with_errno("reading " + path_);
    text.resize(static_cast<std::size_t>(size));
    text.resize(std::min(text.size(), text.find('\n')));
    return has_random_suffix(text, instance_) && SharedMemory::exists(Segment::object_name(text)) ? text : instance_;
}

std::string SegmentName::choose_another() const {
    const std::string chosen = with_random_suffix(instance_);
    const std::string line = chosen + '\n';
    const std::string fresh = path_ + ".new";
    {
        const UniqueFd file(::open(fresh.c_str(), O_WRONLY | O_CREAT | O_TRUNC | O_CLOEXEC | O_NOFOLLOW, 0600));
        if (!file) fail_with_errno("writing " + fresh);
        errno = ENOSPC;  // if only a part is written
        if (::write(file.get(), line.data(), line.size()) != static_cast<ssize_t>(line.size()))
            fail_with_errno("writing " + fresh);
    }
    if (std::rename(fresh.c_str(), path_.c_str()) != 0) fail_with_errno("writing " + path_);
    return chosen;
}

void SegmentName::reset() const {
    if (::unlink(path_.c_str()) != 0 && errno != ENOENT && errno != ENOTDIR) fail_with_errno("removing " + path_);
}

}  // namespace chat
