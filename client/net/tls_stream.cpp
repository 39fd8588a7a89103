// A stream that is secured by TLS: see tls_stream.h.
#include "client/net/tls_stream.h"

#include <openssl/bio.h>
#include <openssl/err.h>
#include <openssl/ssl.h>
#include <sys/socket.h>

#include <algorithm>
#include <array>
#include <cerrno>
#include <utility>

namespace chat {

namespace {

constexpr std::size_t first_bytes_kept = 5;  // the header of a record

TlsTransport& transport_of(BIO* bio) {
    return *static_cast<TlsTransport*>(BIO_get_data(bio));
}

int read_socket(BIO* bio, char* bytes, int size) {
    TlsTransport& transport = transport_of(bio);
    BIO_clear_retry_flags(bio);
    const ssize_t count = ::recv(transport.socket.get(), bytes, static_cast<std::size_t>(size), MSG_DONTWAIT);
    if (count < 0 && (errno == EAGAIN || errno == EINTR)) BIO_set_retry_read(bio);
    if (count < 0 && !BIO_should_retry(bio)) transport.input_error = errno;
    if (count == 0) transport.input_ended = true;
    if (count > 0 && transport.first_bytes.size() < first_bytes_kept) {
        const std::size_t room = first_bytes_kept - transport.first_bytes.size();
        transport.first_bytes.append(bytes, std::min(static_cast<std::size_t>(count), room));
    }
    return static_cast<int>(count);
}

int write_socket(BIO* bio, const char* bytes, int size) {
    TlsTransport& transport = transport_of(bio);
    BIO_clear_retry_flags(bio);
    const ssize_t count = transport.output_broken ? -1
                                                  : ::send(transport.socket.get(), bytes,
                                                           static_cast<std::size_t>(size), MSG_NOSIGNAL | MSG_DONTWAIT);
    if (count >= 0) return static_cast<int>(count);
    if (errno != EAGAIN && errno != EINTR) transport.output_broken = true;
    BIO_set_retry_write(bio);
    return -1;
}

long control_socket(BIO* /*bio*/, int command, long /*number*/, void* /*pointer*/) {
    return command == BIO_CTRL_FLUSH ? 1 : 0;
}

// Lives until the end of the process: threads that nobody waits for use it.
BIO_METHOD* socket_method() {
    static BIO_METHOD* const method = [] {
        BIO_METHOD* made = BIO_meth_new(BIO_TYPE_SOURCE_SINK, "chat socket");
        if (made == nullptr) return made;
        BIO_meth_set_read(made, read_socket);
        BIO_meth_set_write(made, write_socket);
        BIO_meth_set_ctrl(made, control_socket);
        return made;
    }();
    return method;
}

}  // namespace

void FreeTls::operator()(ssl_st* tls) const noexcept {
    SSL_free(tls);
}

TlsState make_tls(ssl_ctx_st* context, TlsTransport& transport) {
    TlsState tls(SSL_new(context));
    BIO_METHOD* method = socket_method();
    BIO* bio = tls && method != nullptr ? BIO_new(method) : nullptr;
    if (bio == nullptr) return {};
    BIO_set_data(bio, &transport);
    BIO_set_init(bio, 1);
    SSL_set_bio(tls.get(), bio, bio);
    return tls;
}

TlsStream::TlsStream(std::unique_ptr<TlsTransport> transport, TlsState tls)
    : transport_(std::move(transport)), tls_(std::move(tls)) {}

TlsStream::~TlsStream() {
    ERR_clear_error();
    (void)SSL_shutdown(tls_.get());
    (void)::shutdown(fd(), SHUT_WR);
    constexpr int rounds = 64;
    std::array<char, std::size_t{16} * 1024> bytes;  // not initialised: filled by recv
    for (int i = 0; i<rounds&& ::recv(fd(), bytes.data(), bytes.size(), MSG_DONTWAIT)> 0; ++i) {
    }
}

short TlsStream::events() const noexcept {
    return read_awaits_output_ && !transport_->output_broken ? POLLIN | POLLOUT : POLLIN;
}

Stream::Moved TlsStream::read(std::span<char> buffer) {
    ERR_clear_error();
    std::size_t count = 0;
    const int result = SSL_read_ex(tls_.get(), buffer.data(), buffer.size(), &count);
    read_awaits_output_ = false;
    if (result == 1) return {count, State::open};
    switch (SSL_get_error(tls_.get(), result)) {
        case SSL_ERROR_WANT_READ:
            return {};
        case SSL_ERROR_WANT_WRITE:
            read_awaits_output_ = true;
            return {0, transport_->output_broken ? State::broken : State::open};
        case SSL_ERROR_ZERO_RETURN:
            return {0, State::ended};
        default:
            return {0, State::broken};
    }
}

Stream::Moved TlsStream::write(std::span<const char> bytes) {
    if (transport_->output_broken) return {0, State::broken};
    if (bytes.empty()) return {};
    ERR_clear_error();
    std::size_t count = 0;
    const int result = SSL_write_ex(tls_.get(), bytes.data(), bytes.size(), &count);
    if (result == 1) return {count, State::open};
    const int error = SSL_get_error(tls_.get(), result);
    const bool waits = error == SSL_ERROR_WANT_WRITE || error == SSL_ERROR_WANT_READ;
    return {0, waits && !transport_->output_broken ? State::open : State::broken};
}

}  // namespace chat
