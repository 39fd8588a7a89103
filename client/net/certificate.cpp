// A server's certificate: see certificate.h.
#include "client/net/certificate.h"

#include "shared/text/hex.h"

#include <arpa/inet.h>
#include <openssl/ssl.h>
#include <openssl/x509.h>
#include <openssl/x509v3.h>

#include <algorithm>
#include <array>
#include <cctype>
#include <cstddef>
#include <ctime>
#include <memory>
#include <vector>

namespace chat {

namespace {

constexpr std::size_t most_names = 4;

struct FreeNames {
    void operator()(GENERAL_NAMES* names) const noexcept { GENERAL_NAMES_free(names); }
};

int findings_index() {
    static const int index = SSL_get_ex_new_index(0, nullptr, nullptr, nullptr, nullptr);
    return index;
}

int note_problem(int is_fine, X509_STORE_CTX* store) {
    if (is_fine == 1) return 1;
    const auto* tls = static_cast<ssl_st*>(X509_STORE_CTX_get_ex_data(store, SSL_get_ex_data_X509_STORE_CTX_idx()));
    auto* findings = static_cast<Certificate*>(SSL_get_ex_data(tls, findings_index()));
    const int error = X509_STORE_CTX_get_error(store);
    switch (error) {
        case X509_V_ERR_DEPTH_ZERO_SELF_SIGNED_CERT:
            findings->is_self_signed = true;
            break;
        case X509_V_ERR_SELF_SIGNED_CERT_IN_CHAIN:
        case X509_V_ERR_UNABLE_TO_GET_ISSUER_CERT:
        case X509_V_ERR_UNABLE_TO_GET_ISSUER_CERT_LOCALLY:
        case X509_V_ERR_UNABLE_TO_VERIFY_LEAF_SIGNATURE:
        case X509_V_ERR_CERT_UNTRUSTED:
            findings->has_unknown_issuer = true;
            break;
        case X509_V_ERR_CERT_HAS_EXPIRED:
            findings->has_expired = true;
            break;
        case X509_V_ERR_CERT_NOT_YET_VALID:
            findings->is_not_yet_valid = true;
            break;
        case X509_V_ERR_HOSTNAME_MISMATCH:
        case X509_V_ERR_IP_ADDRESS_MISMATCH:
            findings->is_for_another_host = true;
            break;
        default:
            findings->other_problem = X509_verify_cert_error_string(error);
    }
    return 1;
}

bool is_address(const std::string& host) {
    in6_addr address{};
    return ::inet_pton(AF_INET, host.c_str(), &address) == 1 || ::inet_pton(AF_INET6, host.c_str(), &address) == 1;
}

std::string common_name(const X509_NAME* name) {
    const int place = X509_NAME_get_index_by_NID(name, NID_commonName, -1);
    if (place < 0) return {};
    unsigned char* bytes = nullptr;
    const int size = ASN1_STRING_to_UTF8(&bytes, X509_NAME_ENTRY_get_data(X509_NAME_get_entry(name, place)));
    if (size < 0) return {};
    std::string text(reinterpret_cast<const char*>(bytes), static_cast<std::size_t>(size));
    OPENSSL_free(bytes);
    return text;
}

std::string issuer_of(const X509_NAME* name) {
    if (std::string text = common_name(name); !text.empty()) return text;
    std::array<char, 256> line{};
    return X509_NAME_oneline(name, line.data(), static_cast<int>(line.size())) == nullptr ? "" : line.data();
}

std::string written_address(const ASN1_OCTET_STRING* bytes) {
    std::array<char, INET6_ADDRSTRLEN> text{};
    const int family = ASN1_STRING_length(bytes) == 4 ? AF_INET : AF_INET6;
    if (family == AF_INET6 && ASN1_STRING_length(bytes) != 16) return {};
    const char* written = ::inet_ntop(family, ASN1_STRING_get0_data(bytes), text.data(), text.size());
    return written == nullptr ? "" : written;
}

std::string name_in(const GENERAL_NAME* name) {
    if (name->type == GEN_IPADD) return written_address(name->d.iPAddress);
    if (name->type != GEN_DNS) return {};
    const auto* bytes = reinterpret_cast<const char*>(ASN1_STRING_get0_data(name->d.dNSName));
    return {bytes, static_cast<std::size_t>(ASN1_STRING_length(name->d.dNSName))};
}

std::string names_of(const X509* certificate) {
    std::vector<std::string> names;
    const std::unique_ptr<GENERAL_NAMES, FreeNames> alternatives(
        static_cast<GENERAL_NAMES*>(X509_get_ext_d2i(certificate, NID_subject_alt_name, nullptr, nullptr)));
    for (int i = 0; alternatives && i < sk_GENERAL_NAME_num(alternatives.get()); ++i) {
        std::string name = name_in(sk_GENERAL_NAME_value(alternatives.get(), i));
        if (!name.empty()) names.push_back(std::move(name));
    }
    if (names.empty()) names.push_back(common_name(X509_get_subject_name(certificate)));
    std::string text;
    for (std::size_t i = 0; i < std::min(names.size(), most_names); ++i) text += (i == 0 ? "" : ", ") + names[i];
    return names.size() > most_names ? text + " and others" : text;
}

std::string date_of(const ASN1_TIME* time) {
    std::tm parts{};
    std::array<char, 16> text{};
    if (ASN1_TIME_to_tm(time, &parts) != 1) return "an unknown date";
    return {text.data(), std::strftime(text.data(), text.size(), "%Y-%m-%d", &parts)};
}

}  // namespace

bool check_certificate(ssl_st* tls, std::string_view host, Certificate& findings) {
    std::string name(host.substr(0, host.find('%')));  // without the interface of an IPv6 address
    if (SSL_set_ex_data(tls, findings_index(), &findings) != 1) return false;
    SSL_set_verify(tls, SSL_VERIFY_PEER, note_problem);
    X509_VERIFY_PARAM* parameters = SSL_get0_param(tls);
    if (is_address(name)) return X509_VERIFY_PARAM_set1_ip_asc(parameters, name.c_str()) == 1;
    X509_VERIFY_PARAM_set_hostflags(parameters, X509_CHECK_FLAG_NO_PARTIAL_WILDCARDS);
    // The same as SSL_set_tlsext_host_name(), without its old-style cast.
    const long named = SSL_ctrl(tls, SSL_CTRL_SET_TLSEXT_HOSTNAME, TLSEXT_NAMETYPE_host_name, name.data());
    return SSL_set1_host(tls, name.c_str()) == 1 && named == 1;
}

void describe_certificate(const ssl_st* tls, Certificate& findings) {
    const X509* certificate = SSL_get0_peer_certificate(tls);
    if (certificate == nullptr) {
        findings.other_problem = "there is none";
        return;
    }
    std::array<unsigned char, EVP_MAX_MD_SIZE> digest{};
    unsigned size = 0;
    if (X509_digest(certificate, EVP_sha256(), digest.data(), &size) == 1)
        append_hex(findings.fingerprint, digest.data(), size);
    findings.issuer = issuer_of(X509_get_issuer_name(certificate));
    findings.names = names_of(certificate);
    findings.valid_from = date_of(X509_get0_notBefore(certificate));
    findings.valid_until = date_of(X509_get0_notAfter(certificate));
}

std::optional<std::string> parse_fingerprint(std::string_view text) {
    constexpr std::size_t digits = 64;
    for (const std::string_view before : {"sha256 Fingerprint=", "SHA256 Fingerprint=", "SHA256:", "sha256:"}) {
        if (text.starts_with(before)) text.remove_prefix(before.size());
    }
    std::string fingerprint;
    for (std::size_t i = 0; i < text.size(); ++i) {
        const auto character = static_cast<unsigned char>(text[i]);
        if (character == ':' && i % 3 == 2) continue;
        if (std::isxdigit(character) == 0) return std::nullopt;
        fingerprint += static_cast<char>(std::tolower(character));
    }
    if (fingerprint.size() != digits || text.ends_with(':')) return std::nullopt;
    return fingerprint;
}

}  // namespace chat
