// Memory for passwords and tokens: it is overwritten before it is freed. Nothing else may keep a copy of one.
#pragma once

#include <cstddef>
#include <memory>
#include <string_view>

namespace chat {

// Overwrites memory in a way that the compiler cannot leave out.
void wipe(void* bytes, std::size_t size) noexcept;

// A text that is always on the heap, so that moving it leaves no copy behind.
class Secret {
  public:
    Secret() = default;
    explicit Secret(std::string_view text) { append(text); }
    Secret(Secret&& other) noexcept;
    Secret& operator=(Secret&& other) noexcept;
    Secret(const Secret&) = delete;
    Secret& operator=(const Secret&) = delete;
    ~Secret() { clear(); }

    void append(std::string_view text);
    void clear() noexcept;

    [[nodiscard]] std::string_view view() const noexcept { return {bytes_.get(), size_}; }
    [[nodiscard]] std::size_t size() const noexcept { return size_; }
    [[nodiscard]] bool empty() const noexcept { return size_ == 0; }

  private:
    std::unique_ptr<char[]> bytes_;
    std::size_t size_ = 0;
    std::size_t capacity_ = 0;
};

}  // namespace chat
