// Receives a file from a sender into the spool and hashes it.
#include "chat-delivery/files/transfer.h"
#include "shared/records/error_code.h"
#include "shared/system/crash_point.h"
#include "shared/text/hex.h"

#include <sys/socket.h>
#include <unistd.h>

#include <algorithm>
#include <cerrno>

namespace chat {
namespace {

// Each byte is touched three times, so a piece has to fit the core's own cache.
constexpr std::size_t upload_piece = Transfer::piece / 4;

bool write_all(int fd, const char* bytes, std::size_t size, std::uint64_t at) noexcept {
    while (size > 0) {
        const ssize_t written = ::pwrite(fd, bytes, size, static_cast<off_t>(at));
        if (written < 0 && errno == EINTR) continue;
        if (written <= 0) return false;
        bytes += written;
        size -= static_cast<std::size_t>(written);
        at += static_cast<std::uint64_t>(written);
    }
    return true;
}

}  // namespace

Upload::Upload(const Subject& subject, UniqueFd fd, const Spool& spool, std::uint64_t offset)
    : Transfer(subject, std::move(fd)), spool_(&spool), buffer_(upload_piece), offset_(std::min(offset, subject.size)) {
    is_upload_ = true;
}

Transfer::Step Upload::work() {
    switch (state_) {
        case State::begin:
            return begin();
        case State::hash_again:
            return hash_again();
        case State::receive:
        case State::discard:
            break;
    }
    return receive();
}

Transfer::Step Upload::begin() {
    const TransferOutcome outcome = outcome_of(*subject_.words, subject_.file);
    if (outcome == TransferOutcome::stored) {
        // It is already complete; only the sender does not know.
        state_ = State::discard;
        at_ = offset_;
    } else if (outcome != TransferOutcome::none) {
        (void)send_line("error code=bad-ticket :This upload is over\n");
        return start_lingering();
    } else {
        file_ = spool_->open_upload(subject_.file, offset_, subject_.size);
        if (!file_) return give_up(TransferOutcome::no_space, word_of(ErrorCode::no_space));
        CHAT_CRASH_POINT("upload: space reserved");
        offset_ = length_of(file_.get());
        state_ = State::hash_again;
    }
    return Step::again;
}

Transfer::Step Upload::hash_again() {
    if (at_ < offset_) {
        const std::size_t wanted = std::min<std::uint64_t>(buffer_.size(), offset_ - at_);
        const ssize_t size = ::pread(file_.get(), buffer_.data(), wanted, static_cast<off_t>(at_));
        if (size <= 0) return Step::over;
        hash_.add(buffer_.data(), static_cast<std::size_t>(size));
        at_ += static_cast<std::uint64_t>(size);
        extend_deadline();
        return Step::again;
    }
    state_ = State::receive;
    return Step::again;
}

Transfer::Step Upload::receive() {
    if (offset_ != ~std::uint64_t{0}) {
        if (!send_line("go offset=" + std::to_string(offset_) + '\n')) return Step::over;
        offset_ = ~std::uint64_t{0};
    }
    if (at_ < subject_.size) {
        const std::size_t wanted = std::min<std::uint64_t>(buffer_.size(), subject_.size - at_);
        const ssize_t size = ::recv(fd_.get(), buffer_.data(), wanted, MSG_DONTWAIT);
        if (size < 0 && (errno == EAGAIN || errno == EINTR)) return Step::until_readable;
        if (size <= 0) return Step::over;
        const auto count = static_cast<std::size_t>(size);
        if (state_ == State::receive) {
            if (!write_all(file_.get(), buffer_.data(), count, at_))
                return give_up(TransferOutcome::no_space, word_of(ErrorCode::no_space));
            CHAT_CRASH_POINT("upload: piece written");
            hash_.add(buffer_.data(), count);
        }
        at_ += count;
        extend_deadline();
        if (at_ < subject_.size) return Step::again;
    }
    return state_ == State::receive ? finish() : report_stored();
}

Transfer::Step Upload::finish() {
    char more = 0;
    if (::recv(fd_.get(), &more, 1, MSG_PEEK | MSG_DONTWAIT) > 0)
        return give_up(TransferOutcome::bad_size, word_of(ErrorCode::bad_size));
    if (hash_.finish() != subject_.sha256) return give_up(TransferOutcome::bad_hash, word_of(ErrorCode::hash_mismatch));
    CHAT_CRASH_POINT("upload: before it is stored");
    set_outcome(TransferOutcome::stored);
    CHAT_CRASH_POINT("upload: stored");
    return report_stored();
}

Transfer::Step Upload::report_stored() {
    if (!send_line("stored file=" + std::to_string(subject_.file) + " size=" + std::to_string(subject_.size) +
                   " sha256=" + hex_of(subject_.sha256) + '\n'))
        return Step::over;
    CHAT_CRASH_POINT("upload: sender notified");
    set_outcome(TransferOutcome::confirmed);
    return start_lingering();
}

Transfer::Step Upload::give_up(TransferOutcome outcome, std::string_view code) {
    set_outcome(outcome);
    CHAT_CRASH_POINT("upload: given up");
    file_.reset();
    spool_->remove(subject_.file);
    (void)send_line("error code=" + std::string(code) + " :The file was rejected and will not be offered to anybody\n");
    return start_lingering();
}

}  // namespace chat
