// Incremental SHA-256.
#pragma once

#include <array>
#include <cstddef>
#include <cstdint>
#include <memory>

struct evp_md_ctx_st;

namespace chat {

class Sha256 {
  public:
    Sha256();
    void add(const void* bytes, std::size_t size);
    // The hash of everything so far; resets the state.
    [[nodiscard]] std::array<std::uint8_t, 32> finish();

  private:
    struct Free {
        void operator()(evp_md_ctx_st* context) const noexcept;
    };
    void begin();
    std::unique_ptr<evp_md_ctx_st, Free> context_;
};

}  // namespace chat
