// A stream that is secured by TLS, once the handshake is done. tls_handshake.h makes it.
#pragma once

#include "client/net/stream.h"
#include "shared/system/unique_fd.h"

#include <memory>
#include <string>

// OpenSSL's own names: its headers are for the rooms of TLS alone.
struct ssl_st;
struct ssl_ctx_st;

namespace chat {

struct FreeTls {
    void operator()(ssl_st* tls) const noexcept;
};
using TlsState = std::unique_ptr<ssl_st, FreeTls>;

// The socket below TLS: what OpenSSL reads and writes. A write that fails looks to OpenSSL like one that has to wait,
// so that what the peer sent before can still be read.
struct TlsTransport {
    UniqueFd socket;               // non-blocking
    bool output_broken = false;    // a write failed
    int input_error = 0;           // errno of a read that failed
    bool input_ended = false;      // the peer closed its side
    std::string first_bytes = {};  // that the peer sent, up to 5: do they look like TLS?
};

// Makes a TLS state that reads and writes through `transport`, which outlives it. Null if OpenSSL cannot.
[[nodiscard]] TlsState make_tls(ssl_ctx_st* context, TlsTransport& transport);

class TlsStream final : public Stream {
  public:
    // The handshake is done; `tls` uses `transport`.
    TlsStream(std::unique_ptr<TlsTransport> transport, TlsState tls);
    // Says farewell, and takes what the peer has sent so far off the socket: the kernel would otherwise tell it that
    // the connection was reset, and the peer might drop what we sent last.
    ~TlsStream() override;

    [[nodiscard]] int fd() const noexcept override { return transport_->socket.get(); }
    [[nodiscard]] short events() const noexcept override;
    [[nodiscard]] Moved read(std::span<char> buffer) override;
    [[nodiscard]] Moved write(std::span<const char> bytes) override;

  private:
    std::unique_ptr<TlsTransport> transport_;
    TlsState tls_;
    bool read_awaits_output_ = false;
};

}  // namespace chat
