// The beginning of TLS on a connection: see tls_handshake.h.
#include "client/net/tls_handshake.h"

#include "client/net/deadline.h"
#include "client/net/own_certificate.h"
#include "client/net/tls_stream.h"

#include <openssl/err.h>
#include <openssl/ssl.h>
#include <poll.h>

#include <array>
#include <cerrno>
#include <string_view>
#include <system_error>
#include <utility>

namespace chat {

namespace {

using Failure = ConnectFailure::Kind;
using std::chrono::milliseconds;

struct FreeContext {
    void operator()(SSL_CTX* context) const noexcept { SSL_CTX_free(context); }
};
using Context = std::unique_ptr<SSL_CTX, FreeContext>;

Context make_context() {
    constexpr std::array<unsigned char, 5> protocol = {4, 'c', 'h', 'a', 't'};  // RFC 7301: a length and a name
    Context context(SSL_CTX_new(TLS_client_method()));
    if (!context || SSL_CTX_set_min_proto_version(context.get(), TLS1_2_VERSION) != 1 ||
        SSL_CTX_set_alpn_protos(context.get(), protocol.data(), protocol.size()) != 0)
        return {};
    // A system without authorities vouches for nobody.
    (void)SSL_CTX_set_default_verify_paths(context.get());
    SSL_CTX_set_options(context.get(), SSL_OP_NO_RENEGOTIATION);
    SSL_CTX_set_mode(context.get(), SSL_MODE_ENABLE_PARTIAL_WRITE | SSL_MODE_ACCEPT_MOVING_WRITE_BUFFER);
    return context;
}

std::string last_reason() {
    const char* reason = ERR_reason_error_string(ERR_peek_last_error());
    return reason == nullptr ? "unknown reason" : reason;
}

ConnectFailure cannot_start() {
    return {Failure::handshake, "TLS cannot be used: " + last_reason(), {}};
}

// A record of TLS starts with its type, handshake or alert, and the major version 3.
bool looks_like_tls(std::string_view bytes) {
    constexpr char alert = 21;
    constexpr char handshake = 22;
    if (!bytes.empty() && bytes[0] != alert && bytes[0] != handshake) return false;
    return bytes.size() < 2 || bytes[1] == 3;
}

ConnectFailure not_tls(std::string_view bytes, const std::string& where) {
    // OpenSSL has read the length of a record's header, 5 bytes.
    const bool is_chat = bytes.size() >= 5 && (std::string_view("welcome ").starts_with(bytes) ||
                                               std::string_view("refused ").starts_with(bytes));
    return {Failure::no_tls,
            where + " does not speak TLS" + (is_chat ? ": a chat server answers there, without TLS" : ""),
            {}};
}

ConnectFailure failure_of_handshake(const TlsTransport& transport, const std::string& where) {
    if (!looks_like_tls(transport.first_bytes)) return not_tls(transport.first_bytes, where);
    const unsigned long error = ERR_peek_last_error();
    const int reason = ERR_GET_LIB(error) == ERR_LIB_SSL ? ERR_GET_REASON(error) : 0;
    if (reason == SSL_R_TLSV1_ALERT_PROTOCOL_VERSION || reason == SSL_R_UNSUPPORTED_PROTOCOL ||
        reason == SSL_R_WRONG_SSL_VERSION)
        return {Failure::handshake,
                where + " has no version of TLS in common with this client, which needs TLS 1.2 or later",
                {}};
    if (reason == SSL_R_TLSV1_ALERT_NO_APPLICATION_PROTOCOL)
        return {Failure::handshake,
                where + " speaks TLS, but it is not a chat server (it refuses the protocol \"chat\")",
                {}};
    if (transport.input_error == ECONNRESET)
        return {Failure::no_tls, where + " reset the connection during the TLS handshake", {}};
    if (transport.input_error != 0)
        return {Failure::no_tls,
                "the TLS handshake with " + where +
                    " was interrupted: " + std::generic_category().message(transport.input_error),
                {}};
    if (transport.input_ended) return {Failure::no_tls, where + " closed the connection during the TLS handshake", {}};
    return {Failure::handshake, "the TLS handshake with " + where + " failed: " + last_reason(), {}};
}

ConnectFailure timed_out(const std::string& where, milliseconds timeout) {
    const auto seconds = std::chrono::ceil<std::chrono::seconds>(timeout).count();
    return {Failure::no_tls,
            "timeout: " + where + " did not complete the TLS handshake within " + std::to_string(seconds) + " s",
            {}};
}

// Of kind `none`: the handshake is done.
ConnectFailure shake_hands(SSL* tls, const TlsTransport& transport, const std::string& where, milliseconds timeout) {
    const auto deadline = std::chrono::steady_clock::now() + timeout;
    for (;;) {
        ERR_clear_error();
        const int result = SSL_connect(tls);
        if (result == 1) return {};
        const int error = SSL_get_error(tls, result);
        const bool waits = error == SSL_ERROR_WANT_READ || (error == SSL_ERROR_WANT_WRITE && !transport.output_broken);
        if (!waits && error != SSL_ERROR_WANT_WRITE) return failure_of_handshake(transport, where);
        if (!waits) return {Failure::no_tls, where + " closed the connection during the TLS handshake", {}};
        const int left = milliseconds_until(deadline);
        if (left == 0) return timed_out(where, timeout);
        pollfd waiting{transport.socket.get(), static_cast<short>(error == SSL_ERROR_WANT_READ ? POLLIN : POLLOUT), 0};
        (void)::poll(&waiting, 1, left);
    }
}

}  // namespace

TlsStart start_tls(UniqueFd socket, const ServerAddress& server, milliseconds timeout) {
    const std::string where = server.written();
    const KnownServers servers(known_servers_path());
    const auto [known, problem] = servers.find(server.known_as);
    if (!problem.empty()) return {nullptr, {Failure::bad_certificate, problem, {}}, {}};

    const Context context = make_context();
    if (server.own_certificate && context && !server.own_certificate->use_in(context.get()))
        return {nullptr, {Failure::handshake, "your certificate cannot be used: " + last_reason(), {}}, {}};
    auto transport = std::make_unique<TlsTransport>(TlsTransport{std::move(socket)});
    TlsState tls = context ? make_tls(context.get(), *transport) : TlsState();
    Certificate certificate;
    if (!tls || !check_certificate(tls.get(), server.host, certificate)) return {nullptr, cannot_start(), {}};
    if (auto failure = shake_hands(tls.get(), *transport, where, timeout); failure.kind != Failure::none)
        return {nullptr, std::move(failure), {}};
    describe_certificate(tls.get(), certificate);

    auto stream = std::make_unique<TlsStream>(std::move(transport), std::move(tls));
    Judgement judgement = judge(certificate, server, known);
    if (judgement.failure.kind != Failure::none) return {nullptr, std::move(judgement.failure), {}};
    std::string note = known == judgement.entry ? "" : servers.remember(server.known_as, judgement.entry);
    if (!note.empty()) note = "The server cannot be remembered: " + note;
    return {std::move(stream), {}, std::move(note)};
}

void keep_tls_until_the_end() noexcept {
    (void)OPENSSL_init_ssl(OPENSSL_INIT_NO_ATEXIT, nullptr);
}

}  // namespace chat
