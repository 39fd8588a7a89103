// Sending a file: see outgoing_file.h.
#include "client/files/outgoing_file.h"

#include "shared/text/file_name.h"
#include "shared/text/hex.h"

#include <fcntl.h>
#include <sys/stat.h>
#include <unistd.h>

#include <algorithm>
#include <cerrno>
#include <cstring>
#include <span>
#include <utility>

namespace chat {

std::unique_ptr<OutgoingFile> open_to_send(const std::string& path, std::string target) {
    UniqueFd file(::open(path.c_str(), O_RDONLY | O_CLOEXEC | O_NONBLOCK));
    struct stat status {};
    if (!file || ::fstat(file.get(), &status) != 0) throw CannotSend(path + ": " + std::strerror(errno));
    if (!S_ISREG(status.st_mode)) throw CannotSend(path + " is not a regular file.");
    char byte = 0;
    if (status.st_size == 0 && ::read(file.get(), &byte, 1) > 0)
        throw CannotSend(path + " cannot be sent: its size is not known.");
    const std::string name = path.substr(path.find_last_of('/') + 1);
    if (!is_file_name(name)) throw CannotSend("A file with this name cannot be sent: " + name);
    return std::make_unique<OutgoingFile>(name, static_cast<std::uint64_t>(status.st_size), std::move(file),
                                          std::move(target));
}

OutgoingFile::OutgoingFile(std::string name, std::uint64_t size, UniqueFd file, std::string target)
    : FileStream(std::move(name), size), file_(std::move(file)), target_(std::move(target)), buffer_(piece) {}

bool OutgoingFile::hash_some() {
    for (int i = 0; i < pieces && hashed_ < size_; ++i) {
        const std::size_t wanted = std::min<std::uint64_t>(buffer_.size(), size_ - hashed_);
        const ssize_t count = ::pread(file_.get(), buffer_.data(), wanted, static_cast<off_t>(hashed_));
        if (count <= 0) {
            fail("it could not be read completely");
            return true;
        }
        hash_.add(buffer_.data(), static_cast<std::size_t>(count));
        hashed_ += static_cast<std::uint64_t>(count);
    }
    if (hashed_ < size_) return false;
    if (sum_.empty()) sum_ = hex_of(hash_.finish());
    return true;
}

std::string OutgoingFile::command() const {
    return "/sendfile " + target_ + ' ' + std::to_string(size_) + ' ' + sum_ + ' ' + name_;
}

void OutgoingFile::upload(const ServerAddress& server, const ServerLine& answer) {
    has_receipts_ = wants_receipts_ && answer.value("receipts") == "yes";
    start(server, answer.value("port"), answer.value("ticket"));
}

std::string OutgoingFile::request() const {
    return "/upload " + ticket_ + ' ' + std::to_string(at_) + (has_receipts_ ? " receipts" : "");
}

bool OutgoingFile::begin(std::uint64_t offset) {
    used_ = full_ = 0;
    advance(offset);
    return true;
}

FileStream::Step OutgoingFile::stream() {
    if (at_ >= size_) return Step::done;
    const bool is_open = read_input() == Stream::State::open;
    if (!input_.empty()) return Step::done;  // the server answers before it has everything
    if (!is_open) return Step::broken;
    if (used_ == full_) {
        const std::size_t wanted = std::min<std::uint64_t>(buffer_.size(), size_ - at_);
        const ssize_t count = ::pread(file_.get(), buffer_.data(), wanted, static_cast<off_t>(at_));
        if (count <= 0) {
            fail("it could not be read completely");
            return Step::done;
        }
        used_ = 0;
        full_ = static_cast<std::size_t>(count);
    }
    const auto [sent, state] = stream_->write(std::span(buffer_).subspan(used_, full_ - used_));
    if (sent == 0) return state == Stream::State::open ? Step::wait : Step::broken;
    used_ += sent;
    advance(at_ + sent);
    return Step::more;
}

void OutgoingFile::ended(const std::optional<ServerLine>& line) {
    if (!line) return;  // broken: it tries again
    if (line->kind == "stored") return finish();
    refuse(line->text.value_or("the server did not accept it"));
}

}  // namespace chat
