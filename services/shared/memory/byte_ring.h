// Arithmetic of a ring addressed by stream positions: byte `position` is at (position - base) % size. The base moves to
// the current position whenever the ring is empty, so that a stream that keeps up stays in the first page. Works on any
// bytes; the users of the ring define who may write what.
#pragma once

#include <algorithm>
#include <array>
#include <cstddef>
#include <cstdint>
#include <cstring>
#include <span>
#include <string>
#include <string_view>

namespace chat {

template <typename Byte>
class ByteRing {
  public:
    ByteRing(std::span<Byte> memory, std::uint64_t base) noexcept : memory_(memory), base_(base) {}

    [[nodiscard]] std::size_t size() const noexcept { return memory_.size(); }
    [[nodiscard]] std::size_t offset(std::uint64_t position) const noexcept {
        const std::uint64_t distance = position - base_;  // avoids the division, since it rarely exceeds the size
        return static_cast<std::size_t>(distance < memory_.size() ? distance : distance % memory_.size());
    }

    // The bytes [from, from + length) as at most two pieces; length is at most size().
    [[nodiscard]] std::array<std::span<Byte>, 2> pieces(std::uint64_t from, std::size_t length) const noexcept {
        const std::size_t start = offset(from);
        const std::size_t first = std::min(length, memory_.size() - start);
        return {memory_.subspan(start, first), memory_.subspan(0, length - first)};
    }

    void write(std::uint64_t at, std::string_view text) const noexcept {
        const std::size_t start = offset(at);
        const std::size_t first = std::min(text.size(), memory_.size() - start);
        if (first > 0) std::memcpy(memory_.data() + start, text.data(), first);
        if (first < text.size()) std::memcpy(memory_.data(), text.data() + first, text.size() - first);
    }

    // A view of [from, from + length); copied to `scratch` if it crosses the ring's end.
    [[nodiscard]] std::string_view view(std::uint64_t from, std::size_t length, std::string& scratch) const {
        const auto [first, second] = pieces(from, length);
        const auto* text = reinterpret_cast<const char*>(first.data());
        if (second.empty()) return {text, first.size()};
        scratch.assign(text, first.size());
        scratch.append(reinterpret_cast<const char*>(second.data()), second.size());
        return scratch;
    }

  private:
    std::span<Byte> memory_;
    std::uint64_t base_;
};

}  // namespace chat
