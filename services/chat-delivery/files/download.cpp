// Sends a file from the spool to a receiver.
#include "chat-delivery/files/transfer.h"
#include "shared/system/crash_point.h"

#include <sys/sendfile.h>
#include <sys/socket.h>

#include <algorithm>
#include <cerrno>

namespace chat {
namespace {

constexpr std::size_t longest_answer = 64;

}  // namespace

Download::Download(const Subject& subject, UniqueFd fd, const Spool& spool, std::uint64_t offset)
    : Transfer(subject, std::move(fd)), spool_(&spool), at_(std::min(offset, subject.size)) {}

Transfer::Step Download::work() {
    switch (state_) {
        case State::begin:
            return begin();
        case State::send:
            return send();
        case State::await_answer:
            break;
    }
    return await_answer();
}

Transfer::Step Download::begin() {
    file_ = spool_->open_download(subject_.file);
    if (!file_ || outcome_of(*subject_.words, subject_.file) != TransferOutcome::none) {
        (void)send_line("error code=bad-ticket :This download is over\n");
        return start_lingering();
    }
    if (!send_line("go offset=" + std::to_string(at_) + " size=" + std::to_string(subject_.size) + '\n'))
        return Step::over;
    state_ = State::send;
    return Step::again;
}

Transfer::Step Download::send() {
    if (at_ < subject_.size) {
        auto from = static_cast<off_t>(at_);
        const std::size_t wanted = std::min<std::uint64_t>(piece, subject_.size - at_);
        const ssize_t size = ::sendfile(fd_.get(), file_.get(), &from, wanted);
        if (size < 0 && (errno == EAGAIN || errno == EINTR)) return Step::until_writable;
        if (size <= 0)
            return Step::over;  // the peer is gone, or the spool is damaged, which the peer's own check will detect
        CHAT_CRASH_POINT("download: piece sent");
        at_ += static_cast<std::uint64_t>(size);
        extend_deadline();
        return Step::again;
    }
    state_ = State::await_answer;
    return Step::again;
}

Transfer::Step Download::await_answer() {
    char bytes[longest_answer];
    const ssize_t size = ::recv(fd_.get(), bytes, sizeof bytes - answer_.size(), MSG_DONTWAIT);
    if (size < 0 && (errno == EAGAIN || errno == EINTR)) return Step::until_readable;
    if (size <= 0) return Step::over;
    answer_.append(bytes, static_cast<std::size_t>(size));
    const std::size_t end = answer_.find('\n');
    if (end == std::string::npos) return answer_.size() < longest_answer ? Step::until_readable : Step::over;
    std::string_view line = std::string_view(answer_).substr(0, end);
    if (line.ends_with('\r')) line.remove_suffix(1);
    if (line == "/done") {
        CHAT_CRASH_POINT("download: before it is received");
        set_outcome(TransferOutcome::received);
        CHAT_CRASH_POINT("download: received");
    }
    return start_lingering();
}

}  // namespace chat
