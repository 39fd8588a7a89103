// What uploads and downloads share: the words, short lines, and an orderly close.
#include "chat-delivery/files/transfer.h"

#include "shared/system/discard_input.h"

#include <sys/socket.h>

#include <utility>

namespace chat {
namespace {

constexpr Microseconds parting_time = 5'000'000;

}  // namespace

Transfer::Transfer(const Subject& subject, UniqueFd fd)
    : subject_(subject), fd_(std::move(fd)), deadline_(steady_clock() + timeout) {
    subject_.words->connection.store(subject_.file << 1U | 1U, std::memory_order_release);
}

Transfer::Step Transfer::step() {
    const Step next = lingering_ ? linger() : work();
    if (next == Step::over) disconnect();
    return next;
}

void Transfer::abort() noexcept {
    ::shutdown(fd_.get(), SHUT_RDWR);
    disconnect();
}

// From here on the ticket is valid for another connection.
void Transfer::disconnect() noexcept {
    if (!std::exchange(connected_, false)) return;
    subject_.words->broke_at.store(static_cast<std::uint64_t>(steady_clock()), std::memory_order_relaxed);
    subject_.words->connection.store(subject_.file << 1U, std::memory_order_release);
}

void Transfer::set_outcome(TransferOutcome outcome) noexcept {
    note_outcome(*subject_.words, subject_.file, outcome);
    news_ = true;
}

bool Transfer::send_line(const std::string& line) noexcept {
    // The socket has room for it: only a few such lines are ever sent.
    return ::send(fd_.get(), line.data(), line.size(), MSG_NOSIGNAL | MSG_DONTWAIT) ==
           static_cast<ssize_t>(line.size());
}

Transfer::Step Transfer::start_lingering() noexcept {
    ::shutdown(fd_.get(), SHUT_WR);
    disconnect();
    lingering_ = true;
    deadline_ = steady_clock() + parting_time;
    return linger();
}

Transfer::Step Transfer::linger() noexcept {
    switch (discard_input(fd_.get())) {
        case Discarding::ended:
            return Step::over;
        case Discarding::idle:
            return Step::until_readable;
        case Discarding::more:
            break;
    }
    return Step::again;
}

}  // namespace chat
