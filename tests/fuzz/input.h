// Takes values out of a fuzzer's input: numbers from its end, bytes and text from its beginning, so that a mutation of
// the one leaves the other. When the input is used up, numbers are the least that they may be, and text is empty. This
// is the meaning of the kept inputs and of libFuzzer's FuzzedDataProvider.h, which only comes with clang.
#pragma once

#include <algorithm>
#include <array>
#include <cstddef>
#include <cstdint>
#include <cstring>
#include <limits>
#include <string>
#include <vector>

namespace chat::fuzz {

class Input {
  public:
    Input(const std::uint8_t* data, std::size_t size) noexcept : data_(data), left_(size) {}

    [[nodiscard]] std::size_t left() const noexcept { return left_; }

    template <typename T>
    T integer_between(T least, T most) noexcept {
        const auto range = static_cast<std::uint64_t>(most) - static_cast<std::uint64_t>(least);
        std::uint64_t result = 0;
        for (unsigned bits = 0; bits < 8 * sizeof(T) && (range >> bits) > 0 && left_ > 0; bits += 8)
            result = result << 8U | data_[--left_];
        if (range != std::numeric_limits<std::uint64_t>::max()) result %= range + 1;
        return static_cast<T>(static_cast<std::uint64_t>(least) + result);
    }
    template <typename T>
    T integer() noexcept {
        return integer_between(std::numeric_limits<T>::min(), std::numeric_limits<T>::max());
    }
    bool boolean() noexcept { return integer<bool>(); }
    template <typename T, std::size_t size>
    const T& one_of(const std::array<T, size>& values) noexcept {
        return values[integer_between<std::size_t>(0, size - 1)];
    }

    // At most `most` bytes.
    std::vector<std::uint8_t> bytes(std::size_t most) {
        const std::uint8_t* begin = data_;
        return {begin, begin + take(most)};
    }
    std::string text(std::size_t most) {
        const auto* begin = reinterpret_cast<const char*>(data_);
        return {begin, take(most)};
    }
    std::string rest() { return text(left_); }
    // Up to `size` bytes, as many as there are; returns how many.
    std::size_t fill(void* to, std::size_t size) noexcept {
        const std::uint8_t* begin = data_;
        const std::size_t count = take(size);
        if (count > 0) std::memcpy(to, begin, count);
        return count;
    }
    // Ends before a single backslash; two backslashes stand for one.
    std::string text_of_any_length(std::size_t most) {
        std::string text;
        while (text.size() < most && left_ > 0) {
            auto next = static_cast<char>(*data_);
            take(1);
            if (next == '\\' && left_ > 0) {
                next = static_cast<char>(*data_);
                take(1);
                if (next != '\\') break;
            }
            text += next;
        }
        return text;
    }

  private:
    // Skips that many bytes, or what is left.
    std::size_t take(std::size_t count) noexcept {
        count = std::min(count, left_);
        data_ += count;
        left_ -= count;
        return count;
    }

    const std::uint8_t* data_;
    std::size_t left_;
};

}  // namespace chat::fuzz
