// Filling inboxes and taking lines out of them.
#include "chat-acceptor/clients/inbox.h"

#include "shared/system/crash_point.h"
#include "shared/system/secret.h"

#include <sys/socket.h>
#include <sys/uio.h>

#include <algorithm>
#include <cerrno>
#include <cstring>

namespace chat {
namespace {

constexpr std::size_t first_reservation = 4096;

}  // namespace

Inbox::Inbox(const Segment& segment, std::uint32_t slot, std::uint64_t received, std::size_t longest_line) noexcept
    : segment_(&segment),
      number_(slot),
      received_(received),
      searched_(0),
      max_line_(std::max<std::size_t>(segment.sizes().max_line, longest_line)) {
    // A kernel position that does not match the one in memory cannot be used: nothing counts as unread then.
    if (received_ < position() || received_ - position() > segment.sizes().inbox) received_ = position();
    searched_ = position();
}

// What was consumed before that line was wiped before; what lies before the base is not addressed any more.
void Inbox::wipe_last_line() noexcept {
    const std::uint64_t end = position();
    const std::uint64_t base = slot().inbox_base.load(std::memory_order_relaxed);
    if (received_ == end) {
        if (end != 0) segment_->release_inbox(number_);
        return;
    }
    const std::uint64_t reused = received_ > segment_->sizes().inbox ? received_ - segment_->sizes().inbox : 0;
    const std::uint64_t longest = max_line_ + longest_continuation;
    const std::uint64_t line = end > longest ? end - longest : 0;
    wipe(std::max({base, reused, line}), end);
}

void Inbox::wipe(std::uint64_t begin, std::uint64_t end) noexcept {
    if (begin >= end || end - begin > segment_->sizes().inbox) return;
    for (const auto& piece : ring().pieces(begin, static_cast<std::size_t>(end - begin)))
        chat::wipe(piece.data(), piece.size());
}

std::string_view Inbox::following(const Line& line, std::size_t most) {
    const std::uint64_t begin = line.state_after >> 1U;
    if (!holds(begin)) return {};
    return ring().view(begin, std::min(most, static_cast<std::size_t>(received_ - begin)), following_scratch_);
}

void Inbox::wipe(const Line& line) noexcept {
    wipe(line.begin, line.state_after >> 1U);
    for (std::string* scratch : {&scratch_, &following_scratch_}) chat::wipe(scratch->data(), scratch->size());
    CHAT_CRASH_POINT("inbox: secret wiped");
}

ByteRing<std::byte> Inbox::ring() const noexcept {
    return {segment_->inbox(number_), slot().inbox_base.load(std::memory_order_relaxed)};
}

void Inbox::set_position(std::uint64_t position, bool skipping) noexcept {
    CHAT_CRASH_POINT("inbox: before position stored");
    slot().parsed.store(position << 1U | (skipping ? 1U : 0U), std::memory_order_release);
}

Inbox::Fill Inbox::fill(int fd) {
    const std::uint64_t parsed = position();
    if (!holds(parsed)) return Fill::broken;
    if (received_ == parsed) slot().inbox_base.store(received_, std::memory_order_release);
    CHAT_CRASH_POINT("inbox: before reading");
    const auto free = static_cast<std::size_t>(segment_->sizes().inbox - (received_ - parsed));
    if (free == 0) return Fill::nothing;
    const auto ring = this->ring();
    // Reads into reserved memory only; a client that fills its memory gets twice as much.
    const std::size_t start = ring.offset(received_);
    if (reserved_ < ring.size() && (hungry_ || start + max_line_ > reserved_)) {
        const std::size_t wanted =
            std::min(ring.size(), std::max({2 * reserved_, start + max_line_, first_reservation}));
        holds_memory_ = true;
        if (!segment_->reserve_inbox(number_, wanted)) return Fill::no_memory;
        reserved_ = wanted;
    }
    auto pieces = ring.pieces(received_, free);
    if (start + pieces[0].size() > reserved_) pieces = {pieces[0].first(reserved_ - start), {}};
    iovec into[2] = {{pieces[0].data(), pieces[0].size()}, {pieces[1].data(), pieces[1].size()}};
    msghdr header{};
    header.msg_iov = into;
    header.msg_iovlen = pieces[1].empty() ? 1 : 2;
    const ssize_t size = ::recvmsg(fd, &header, MSG_DONTWAIT);
    CHAT_CRASH_POINT("inbox: bytes read");
    hungry_ = size > 0 && static_cast<std::size_t>(size) == pieces[0].size() + pieces[1].size();
    if (size > 0) {
        received_ += static_cast<std::uint64_t>(size);
        return Fill::some;
    }
    if (size == 0) return Fill::end;
    if (errno == EAGAIN || errno == EINTR) return Fill::nothing;
    return errno == ETIMEDOUT ? Fill::timed_out : Fill::broken;
}

std::optional<std::uint64_t> Inbox::find_line_end(std::uint64_t from) const noexcept {
    std::uint64_t at = from;
    for (const auto& piece : ring().pieces(from, static_cast<std::size_t>(received_ - from))) {
        if (piece.empty()) continue;
        if (const void* found = std::memchr(piece.data(), '\n', piece.size()))
            return at + static_cast<std::uint64_t>(static_cast<const std::byte*>(found) - piece.data());
        at += piece.size();
    }
    return std::nullopt;
}

std::optional<Inbox::Line> Inbox::next_line() {
    for (;;) {
        const std::uint64_t start = position();
        if (!holds(start)) return std::nullopt;
        const auto end = find_line_end(std::max(start, searched_));
        if (!end) searched_ = received_;
        if (is_skipping()) {
            const std::uint64_t next = end ? *end + 1 : received_;
            set_position(next, !end);
            wipe(start, next);  // it may be the rest of a long password
            if (!end) return std::nullopt;
            continue;
        }
        const std::uint64_t length = (end ? *end + 1 : received_) - start;
        if (length > max_line_ || (!end && length == max_line_)) {
            // Known to be too long: the beginning is enough to find its tag.
            const std::uint64_t seen = std::min<std::uint64_t>(length, max_line_);
            const std::uint64_t state = end ? (*end + 1) << 1U : (start + seen) << 1U | 1U;
            return Line{ring().view(start, static_cast<std::size_t>(seen), scratch_), state, start, true};
        }
        if (!end) return std::nullopt;
        std::string_view text = ring().view(start, static_cast<std::size_t>(length - 1), scratch_);
        if (text.ends_with('\r')) text.remove_suffix(1);
        if (!text.empty()) return Line{text, (*end + 1) << 1U, start, false};
        set_position(*end + 1, false);
        ++blank_lines_;
    }
}

void Inbox::release_idle_memory() {
    if (received_ == position() && holds_memory_) release_memory();
}

void Inbox::release_memory() {
    segment_->release_inbox(number_);
    reserved_ = 0;
    holds_memory_ = false;
}

}  // namespace chat
