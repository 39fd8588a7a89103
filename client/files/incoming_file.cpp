// Receiving a file: see incoming_file.h.
#include "client/files/incoming_file.h"

#include "client/net/connecting.h"
#include "client/net/deadline.h"
#include "client/process.h"
#include "shared/text/hex.h"
#include "shared/text/line.h"

#include <poll.h>
#include <unistd.h>

#include <algorithm>
#include <array>
#include <cerrno>
#include <exception>
#include <system_error>
#include <utility>

namespace chat {

namespace {

std::uint64_t number_of(std::string_view text) {
    return whole_number<std::uint64_t>(text).value_or(0);
}

// Waits for the first bytes, or for the end. A connection that is closed earlier may be reset with the request unread.
void await_answer(Stream& stream, std::chrono::milliseconds timeout) {
    const auto deadline = std::chrono::steady_clock::now() + timeout;
    std::array<char, Stream::least_read> bytes;  // not initialised: filled by read
    for (;;) {
        const auto [count, state] = stream.read(bytes);
        const int left = milliseconds_until(deadline);
        if (count > 0 || state != Stream::State::open || left == 0) return;
        pollfd waiting{stream.fd(), stream.events(), 0};
        (void)::poll(&waiting, 1, left);
    }
}

}  // namespace

IncomingFile::IncomingFile(const ServerLine& offer)
    : FileStream(safe_file_name(offer.text.value_or("")), number_of(offer.value("size"))),
      id_(offer.value("id")),
      sender_(offer.value("name")),
      sum_(offer.value("sha256")),
      port_(offer.value("port")),
      has_receipts_(offer.value("receipts") == "yes") {
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
    knock(server, "/download " + ticket_ + " 0\n");
}

void IncomingFile::decline(const ServerAddress& server) {
    if (has_receipts_) knock(server, "/decline " + ticket_ + '\n');
}

// If it fails the ticket expires sooner or later, which accepting would report.
void IncomingFile::knock(const ServerAddress& server, const std::string& line) {
    const auto work = [address = server.with_port(port_), line] {
        constexpr std::chrono::seconds timeout{5};
        const Reached reached = connect_to(address, timeout, false);
        if (reached.stream && reached.stream->write(line).count == line.size()) await_answer(*reached.stream, timeout);
    };
    try {
        in_background(work);
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
    const auto [count, state] = stream_->read(buffer_);
    if (count == 0) return state == Stream::State::open ? Step::wait : Step::broken;
    return write_out(buffer_.data(), count) ? Step::more : Step::done;
}

void IncomingFile::streamed() {
    if (!is_whole_ && hex_of(hash_.finish()) != sum_) {
        (void)say("/failed");
        return fail("the received data does not match the hash");
    }
    if (!is_whole_) {
        try {
            path_ = directory_->keep(part_, name_);
        } catch (const std::exception& error) {
            (void)say("/failed");
            return fail(error.what());
        }
        is_whole_ = true;
        part_.fd.reset();
    }
    (void)say("/done");
}

void IncomingFile::ended(const std::optional<ServerLine>& /*line*/) {
    finish();
}

// Once the file is there, it is only about the server's knowing it.
std::chrono::seconds IncomingFile::patience() const noexcept {
    constexpr std::chrono::seconds for_confirming{5};
    return is_whole_ ? for_confirming : FileStream::patience();
}

void IncomingFile::stalled() {
    if (is_whole_) return finish();
    FileStream::stalled();
}

void IncomingFile::refused(const ServerLine& line) {
    if (is_whole_) return finish();
    FileStream::refused(line);
}

}  // namespace chat
