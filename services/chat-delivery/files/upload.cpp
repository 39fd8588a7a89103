// Receives a file from a sender into the spool and hashes it.
#include "chat-delivery/files/transfer.h"
#include "shared/records/error_code.h"
#include "shared/system/crash_point.h"
#include "shared/text/hex.h"

#include <poll.h>
#include <sys/socket.h>
#include <unistd.h>

#include <algorithm>
#include <cerrno>
#include <utility>

namespace chat {
namespace {

// Each byte is touched three times, so a piece has to fit the core's own cache.
constexpr std::size_t upload_piece = Transfer::piece / 4;

// True if the peer has ended its side or is gone: it does not wait for the answer.
bool is_gone(int fd) noexcept {
    pollfd peer{fd, POLLRDHUP, 0};
    return ::poll(&peer, 1, 0) > 0;
}

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

Upload::Upload(const Subject& subject, UniqueFd fd, const UploadPlace& place, std::uint64_t offset)
    : Transfer(subject, std::move(fd)), place_(&place), buffer_(upload_piece), next_(std::min(offset, subject.size)) {
    is_upload_ = true;
}

Upload::~Upload() {
    if (!is_under_way()) return;
    (void)give_way();
    place_->broken->keep(subject_.file, std::move(hashed_));
}

Transfer::Step Upload::work() {
    switch (state_) {
        case State::begin:
            return begin();
        case State::hash_again:
            return hash_again();
        case State::receive:
        case State::discard:
            return receive();
        case State::ended:
            break;
    }
    return Step::over;
}

Transfer::Step Upload::begin() {
    const TransferOutcome outcome = outcome_of(*subject_.words, subject_.file);
    if (outcome == TransferOutcome::stored) {
        // It is already complete; only the sender does not know.
        state_ = State::discard;
    } else if (outcome != TransferOutcome::none) {
        (void)send_line("error code=bad-ticket :This upload is over\n");
        return start_lingering();
    } else {
        hashed_ = place_->broken->take(subject_.file);
        file_ = place_->spool->open_upload(subject_.file, next_ == 0);
        if (!file_) return give_up(TransferOutcome::no_space, word_of(ErrorCode::no_space));
        stored_ = length_of(file_.get());
        if (hashed_.bytes > stored_) hashed_ = {};
        if (!reserve()) return give_up(TransferOutcome::no_space, word_of(ErrorCode::no_space));
        state_ = State::hash_again;
    }
    return Step::again;
}

Transfer::Step Upload::hash_again() {
    if (hashed_.bytes < stored_) {
        if (is_gone(fd_.get())) return Step::over;
        const std::size_t wanted = std::min<std::uint64_t>(buffer_.size(), stored_ - hashed_.bytes);
        const ssize_t size = ::pread(file_.get(), buffer_.data(), wanted, static_cast<off_t>(hashed_.bytes));
        if (size <= 0) return Step::over;
        hashed_.hash.add(buffer_.data(), static_cast<std::size_t>(size));
        hashed_.bytes += static_cast<std::uint64_t>(size);
        extend_deadline();
        return Step::again;
    }
    next_ = std::min(next_, stored_);
    state_ = State::receive;
    return Step::again;
}

Transfer::Step Upload::receive() {
    if (!std::exchange(is_go_sent_, true) && !send_line("go offset=" + std::to_string(next_) + '\n')) return Step::over;
    if (next_ < subject_.size) {
        const std::size_t wanted = std::min<std::uint64_t>(buffer_.size(), subject_.size - next_);
        const ssize_t size = ::recv(fd_.get(), buffer_.data(), wanted, MSG_DONTWAIT);
        if (size < 0 && (errno == EAGAIN || errno == EINTR)) return Step::until_readable;
        if (size <= 0) return Step::over;
        const auto count = static_cast<std::size_t>(size);
        if (state_ == State::receive && !store(count))
            return give_up(TransferOutcome::no_space, word_of(ErrorCode::no_space));
        next_ += count;
        extend_deadline();
        if (next_ < subject_.size) return Step::again;
    }
    return state_ == State::receive ? finish() : report_stored();
}

// A peer that resumes from an earlier position sends again what the spool has: those bytes are skipped, because going
// back would mean hashing everything again.
bool Upload::store(std::size_t count) {
    const auto known = static_cast<std::size_t>(std::min<std::uint64_t>(count, stored_ - next_));
    const char* const bytes = buffer_.data() + known;
    count -= known;
    if (count == 0) return true;
    if (!begin_storing() || !write_all(file_.get(), bytes, count, stored_)) return false;
    CHAT_CRASH_POINT("upload: piece written");
    hashed_.hash.add(bytes, count);
    hashed_.bytes += count;
    stored_ += count;
    return true;
}

bool Upload::reserve() {
    if (is_reserved_ || subject_.size == 0) return true;
    if (!has_begun(*subject_.words, subject_.file) && !place_->has_room(subject_)) return false;
    is_reserved_ = Spool::reserve(file_.get(), subject_.size) ||
                   (place_->reclaim(subject_) && Spool::reserve(file_.get(), subject_.size));
    CHAT_CRASH_POINT("upload: space reserved");
    return is_reserved_;
}

// With its first byte, an upload takes its share of the spool.
bool Upload::begin_storing() {
    if (has_begun(*subject_.words, subject_.file)) return true;
    if (!place_->has_room(subject_) || !reserve()) return false;
    note_begun(*subject_.words, subject_.file, steady_clock());
    CHAT_CRASH_POINT("upload: begun");
    return true;
}

bool Upload::give_way() {
    if (!is_under_way() || !is_reserved_ || has_begun(*subject_.words, subject_.file)) return false;
    file_ = place_->spool->open_upload(subject_.file, true);
    is_reserved_ = false;
    return true;
}

Transfer::Step Upload::finish() {
    char more = 0;
    if (::recv(fd_.get(), &more, 1, MSG_PEEK | MSG_DONTWAIT) > 0)
        return give_up(TransferOutcome::bad_size, word_of(ErrorCode::bad_size));
    if (hashed_.hash.finish() != subject_.sha256)
        return give_up(TransferOutcome::bad_hash, word_of(ErrorCode::hash_mismatch));
    CHAT_CRASH_POINT("upload: before it is stored");
    set_outcome(TransferOutcome::stored);
    CHAT_CRASH_POINT("upload: stored");
    return report_stored();
}

Transfer::Step Upload::report_stored() {
    state_ = State::ended;
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
    state_ = State::ended;
    file_.reset();
    place_->spool->remove(subject_.file);
    (void)send_line("error code=" + std::string(code) + " :The file was rejected and will not be offered to anybody\n");
    return start_lingering();
}

}  // namespace chat
