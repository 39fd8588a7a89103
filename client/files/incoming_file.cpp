// Receiving a file: see incoming_file.h.
#include "client/files/incoming_file.h"

#include "client/net/connecting.h"
#include "client/process.h"
#include "shared/text/hex.h"

#include <sys/socket.h>
#include <unistd.h>

#include <algorithm>
#include <array>
#include <cerrno>
#include <charconv>
#include <exception>
#include <system_error>
#include <utility>

namespace chat {

namespace {

std::uint64_t number_of(std::string_view text) {
    std::uint64_t number = 0;
    (void)std::from_chars(text.data(), text.data() + text.size(), number);
    return number;
}

}  // namespace

IncomingFile::IncomingFile(const ServerLine& offer)
    : FileStream(safe_file_name(offer.text.value_or("")), number_of(offer.value("size"))),
      id_(offer.value("id")),
      sender_(offer.value("name")),
      sum_(offer.value("sha256")),
      port_(offer.value("port")) {
    ticket_ = offer.value("ticket");
}

IncomingFile::~IncomingFile() {
    if (directory_ && !is_whole_) directory_->discard(part_);
}

void IncomingFile::accept(const ServerAddress& server, const std::string& directory) {
    DownloadDirectory opened(directory.empty() ? default_download_directory() : directory);
    part_ = opened.create_part(number_of(id_));
    directory_ = std::move(opened);
    buffer_.resize(piece);
    start(server, port_, std::string(ticket_));
}

void IncomingFile::keep_ticket_alive(const ServerAddress& server) {
    const auto knock = [address = ServerAddress{server.host, port_}, line = "/download " + ticket_ + " 0\n"] {
        constexpr std::chrono::seconds timeout{5};
        try {
            const UniqueFd socket = connect_to(address, timeout);
            (void)::send(socket.get(), line.data(), line.size(), MSG_NOSIGNAL);
        } catch (const NoServer&) {
        }
    };
    // If it fails the ticket may expire, which accepting will report.
    try {
        in_background(knock);
    } catch (const std::system_error&) {
    }
}

std::string IncomingFile::request() const {
    return "/download " + ticket_ + ' ' + std::to_string(at_);
}

bool IncomingFile::begin(std::uint64_t offset) {
    to_skip_ = at_ - offset;
    advance(at_);
    return true;
}

bool IncomingFile::write_out(const char* bytes, std::size_t size) {
    const std::size_t skipped = std::min<std::uint64_t>(to_skip_, size);
    to_skip_ -= skipped;
    bytes += skipped;
    size = std::min<std::uint64_t>(size - skipped, size_ - at_);
    for (std::size_t done = 0; done < size;) {
        const ssize_t count = ::pwrite(part_.fd.get(), bytes + done, size - done, static_cast<off_t>(at_ + done));
        if (count < 0 && errno == EINTR) continue;
        if (count <= 0) {
            fail("it could not be written: the disk may be full");
            return false;
        }
        done += static_cast<std::size_t>(count);
    }
    hash_.add(bytes, size);
    advance(at_ + size);
    return true;
}

FileStream::Step IncomingFile::stream() {
    if (!input_.empty()) {
        const std::string early = std::exchange(input_, {});
        if (!write_out(early.data(), early.size())) return Step::done;
    }
    if (at_ >= size_) return Step::done;
    const ssize_t count = ::recv(socket_.get(), buffer_.data(), buffer_.size(), MSG_DONTWAIT);
    if (count < 0) return errno == EAGAIN || errno == EINTR ? Step::wait : Step::broken;
    if (count == 0) return Step::broken;
    return write_out(buffer_.data(), static_cast<std::size_t>(count)) ? Step::more : Step::done;
}

void IncomingFile::streamed() {
    constexpr std::string_view done = "/done\n";
    constexpr std::string_view failed = "/failed\n";
    if (!is_whole_ && hex_of(hash_.finish()) != sum_) {
        (void)::send(socket_.get(), failed.data(), failed.size(), MSG_NOSIGNAL);
        return fail("the received data does not match the hash");
    }
    if (!is_whole_) {
        try {
            path_ = directory_->keep(part_, name_);
        } catch (const std::exception& error) {
            (void)::send(socket_.get(), failed.data(), failed.size(), MSG_NOSIGNAL);
            return fail(error.what());
        }
        is_whole_ = true;
        part_.fd.reset();
    }
    (void)::send(socket_.get(), done.data(), done.size(), MSG_NOSIGNAL);
}

void IncomingFile::ended(const std::optional<ServerLine>& /*line*/) {
    // Whether the server received our confirmation makes no difference to the file.
    finish();
}

void IncomingFile::refused(const ServerLine& line) {
    if (is_whole_) return finish();
    FileStream::refused(line);
}

}  // namespace chat
