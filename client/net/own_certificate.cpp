// The person's own certificate: see own_certificate.h.
#include "client/net/own_certificate.h"

#include "client/private_file.h"

#include <openssl/err.h>
#include <openssl/pem.h>
#include <openssl/ssl.h>
#include <openssl/x509.h>

#include <cerrno>
#include <cstddef>
#include <stdexcept>
#include <system_error>

namespace chat {

namespace {

constexpr std::size_t largest_key_file = std::size_t{256} * 1024;

struct FreeBytes {
    void operator()(BIO* bytes) const noexcept { BIO_free(bytes); }
};
using Bytes = std::unique_ptr<BIO, FreeBytes>;

struct FreeKey {
    void operator()(EVP_PKEY* key) const noexcept { EVP_PKEY_free(key); }
};
using Key = std::unique_ptr<EVP_PKEY, FreeKey>;

[[noreturn]] void fail(const std::string& path, const std::string& problem) {
    throw std::runtime_error(path + ": " + problem);
}

// Instead of OpenSSL's own question on the terminal.
int without_passphrase(char* /*buffer*/, int /*size*/, int /*is_for_writing*/, void* was_asked) {
    *static_cast<bool*>(was_asked) = true;
    return -1;
}

Key read_key(const std::string& path) {
    const std::string text = read_private_file(path, largest_key_file);
    const Bytes bytes(BIO_new_mem_buf(text.data(), static_cast<int>(text.size())));
    bool needs_passphrase = false;
    Key key(PEM_read_bio_PrivateKey(bytes.get(), nullptr, without_passphrase, &needs_passphrase));
    ERR_clear_error();
    if (needs_passphrase)
        fail(path, "the key needs a passphrase, which the client cannot ask for; `openssl pkey -in " + path +
                       " -out NEW` writes it without");
    if (!key) fail(path, "there is no private key in PEM format in it");
    return key;
}

}  // namespace

struct OwnCertificate::Parts {
    X509* certificate = nullptr;
    STACK_OF(X509) * others = sk_X509_new_null();
    EVP_PKEY* key = nullptr;

    Parts() = default;
    Parts(const Parts&) = delete;
    Parts& operator=(const Parts&) = delete;
    ~Parts() {
        X509_free(certificate);
        sk_X509_pop_free(others, X509_free);
        EVP_PKEY_free(key);
    }

    void read_certificates(const std::string& path) {
        errno = 0;
        const Bytes file(BIO_new_file(path.c_str(), "re"));
        if (!file) fail(path, std::generic_category().message(errno));
        certificate = PEM_read_bio_X509(file.get(), nullptr, nullptr, nullptr);
        while (X509* other =
                   certificate == nullptr ? nullptr : PEM_read_bio_X509(file.get(), nullptr, nullptr, nullptr))
            if (sk_X509_push(others, other) == 0) X509_free(other);
        ERR_clear_error();
        if (certificate == nullptr) fail(path, "there is no certificate in PEM format in it");
    }
};

OwnCertificate::OwnCertificate(const std::string& certificate_path, const std::string& key_path)
    : parts_(std::make_unique<Parts>()) {
    parts_->read_certificates(certificate_path);
    parts_->key = read_key(key_path).release();
    const bool is_pair = X509_check_private_key(parts_->certificate, parts_->key) == 1;
    ERR_clear_error();
    if (!is_pair) fail(key_path, "the key does not belong to the certificate in " + certificate_path);
}

OwnCertificate::~OwnCertificate() = default;

bool OwnCertificate::use_in(ssl_ctx_st* context) const {
    constexpr int replaces = 1;
    return SSL_CTX_use_cert_and_key(context, parts_->certificate, parts_->key, parts_->others, replaces) == 1;
}

}  // namespace chat
