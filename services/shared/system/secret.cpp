// Overwriting.
#include "shared/system/secret.h"

#include <algorithm>
#include <cstring>
#include <utility>

namespace chat {
namespace {

constexpr std::size_t first_capacity = 64;

}  // namespace

void wipe(void* bytes, std::size_t size) noexcept {
    if (size != 0) ::explicit_bzero(bytes, size);
}

Secret::Secret(Secret&& other) noexcept
    : bytes_(std::move(other.bytes_)),
      size_(std::exchange(other.size_, 0)),
      capacity_(std::exchange(other.capacity_, 0)) {}

Secret& Secret::operator=(Secret&& other) noexcept {
    if (this == &other) return *this;
    clear();
    bytes_ = std::move(other.bytes_);
    size_ = std::exchange(other.size_, 0);
    capacity_ = std::exchange(other.capacity_, 0);
    return *this;
}

void Secret::append(std::string_view text) {
    if (text.size() > capacity_ - size_) {
        const std::size_t capacity = std::max(size_ + text.size(), std::max(2 * capacity_, first_capacity));
        auto larger = std::make_unique<char[]>(capacity);
        std::copy_n(bytes_.get(), size_, larger.get());
        wipe(bytes_.get(), size_);
        bytes_ = std::move(larger);
        capacity_ = capacity;
    }
    std::copy_n(text.data(), text.size(), bytes_.get() + size_);
    size_ += text.size();
}

void Secret::clear() noexcept {
    wipe(bytes_.get(), size_);
    bytes_.reset();
    size_ = 0;
    capacity_ = 0;
}

}  // namespace chat
