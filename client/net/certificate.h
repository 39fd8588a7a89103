// What the verification of a server's certificate found. Only a value: trust.h decides.
#pragma once

#include <optional>
#include <string>
#include <string_view>

// OpenSSL's own names: its headers are for the rooms of TLS alone.
struct ssl_st;
struct x509_st;

namespace chat {

struct Certificate {
    std::string fingerprint;  // SHA-256 of the certificate, 64 hexadecimal digits in lower case
    std::string issuer;       // in words
    std::string names;        // whom it is for: host names and addresses, the first few
    std::string valid_from;   // 2026-11-28
    std::string valid_until;

    // What is wrong with it.
    bool is_self_signed = false;
    bool has_unknown_issuer = false;  // no authority of this system vouches for it
    bool has_expired = false;
    bool is_not_yet_valid = false;
    bool is_for_another_host = false;
    std::string other_problem;  // in OpenSSL's words

    [[nodiscard]] bool is_unvouched() const noexcept { return is_self_signed || has_unknown_issuer; }
    [[nodiscard]] bool is_fine() const noexcept {
        return !is_unvouched() && !has_expired && !is_not_yet_valid && !is_for_another_host && other_problem.empty();
    }
};

// Has the peer's certificate checked for `host`, a name or an address, during the handshake; every problem goes to
// `findings`, which outlives the handshake, and none ends it. False: OpenSSL cannot.
[[nodiscard]] bool check_certificate(ssl_st* tls, std::string_view host, Certificate& findings);
// After the handshake: adds what the certificate says.
void describe_certificate(const ssl_st* tls, Certificate& findings);

// 64 hexadecimal digits in lower case; also understands colons between the bytes, upper case and "SHA256:" before them,
// as openssl and others print it. Nothing: it is not a fingerprint.
[[nodiscard]] std::optional<std::string> parse_fingerprint(std::string_view text);

}  // namespace chat
