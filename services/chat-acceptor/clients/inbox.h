// One client's inbox: bytes go from the socket straight into shared memory, and lines are taken from there.
//
// Only the acceptor reads sockets and writes `parsed` and `inbox_base`. The kernel knows how much was received, so a
// restarted acceptor finds the bytes in [parsed, received) where its predecessor put them.
#pragma once

#include "shared/memory/byte_ring.h"
#include "shared/memory/segment.h"

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <utility>

namespace chat {

// Bytes of the lines that may continue one, and are consumed together with it.
inline constexpr std::size_t longest_continuation = std::size_t{12} * 1024;

class Inbox {
  public:
    // `received` is the kernel's position: 0 for a new connection. `longest_line`: bytes, if the dialect needs more
    // than limits.max_line.
    Inbox(const Segment& segment, std::uint32_t slot, std::uint64_t received, std::size_t longest_line = 0) noexcept;

    enum class Fill : std::uint8_t { some, nothing, end, timed_out, broken, no_memory };
    // Reads once from the socket. `nothing`: the socket is empty, or there is no space until lines are taken out.
    [[nodiscard]] Fill fill(int fd);

    struct Line {
        std::string_view text;      // without LF and CR; valid until the next call
        std::uint64_t state_after;  // the value of `parsed` once the line is processed
        std::uint64_t begin;        // its position in the stream
        bool too_long;              // `text` holds only its beginning; the rest will be skipped
    };
    // The next line to process; skips empty lines and the rest of long ones.
    [[nodiscard]] std::optional<Line> next_line();

    // Has anything come that was not processed?
    [[nodiscard]] bool has_unread() const noexcept { return received_ != position(); }
    // What has come after this line so far, at most so many bytes; valid until the next call.
    [[nodiscard]] std::string_view following(const Line& line, std::size_t most);

    // Overwrites a line that was processed and contained a secret. Call before any other function.
    void wipe(const Line& line) noexcept;

    // The same for a line of which a predecessor may not have come to that. Call at the start, if `received` is known.
    void wipe_last_line() noexcept;
    // Empty lines that next_line() has skipped since the last call.
    [[nodiscard]] int take_blank_lines() noexcept { return std::exchange(blank_lines_, 0); }

    // Is it in the middle of a line that is too long?
    [[nodiscard]] bool is_skipping() const noexcept {
        return (slot().parsed.load(std::memory_order_relaxed) & 1U) != 0;
    }

    // Returns the memory of an inbox without unread bytes.
    void release_idle_memory();
    // Returns it whatever it holds: nobody will read it again.
    void release_memory();

  private:
    [[nodiscard]] Slot& slot() const noexcept { return segment_->slots()[number_]; }
    [[nodiscard]] std::uint64_t position() const noexcept {
        return slot().parsed.load(std::memory_order_relaxed) >> 1U;
    }
    // What comes out of shared memory is checked each time: is it a position within what was received and is kept?
    [[nodiscard]] bool holds(std::uint64_t position) const noexcept {
        return position <= received_ && received_ - position <= segment_->sizes().inbox;
    }
    void wipe(std::uint64_t begin, std::uint64_t end) noexcept;
    void set_position(std::uint64_t position, bool skipping) noexcept;
    [[nodiscard]] ByteRing<std::byte> ring() const noexcept;
    [[nodiscard]] std::optional<std::uint64_t> find_line_end(std::uint64_t from) const noexcept;

    const Segment* segment_;
    std::uint32_t number_;
    std::uint64_t received_;
    std::uint64_t searched_;    // there is no LF in [position, searched)
    std::size_t reserved_ = 0;  // bytes from the ring's start that are backed by memory, as far as this process knows
    bool holds_memory_ = true;  // possibly: an earlier process may have reserved some
    bool hungry_ = false;       // the last read filled all that was offered
    int blank_lines_ = 0;
    std::size_t max_line_;
    std::string scratch_;
    std::string following_scratch_;
};

}  // namespace chat
