// A stream without encryption: the socket itself.
#pragma once

#include "client/net/stream.h"
#include "shared/system/unique_fd.h"

#include <utility>

namespace chat {

class PlainStream final : public Stream {
  public:
    // `socket` is connected.
    explicit PlainStream(UniqueFd socket) : socket_(std::move(socket)) {}

    [[nodiscard]] int fd() const noexcept override { return socket_.get(); }
    [[nodiscard]] Moved read(std::span<char> buffer) override;
    [[nodiscard]] Moved write(std::span<const char> bytes) override;

  private:
    UniqueFd socket_;
};

}  // namespace chat
