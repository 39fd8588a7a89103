// libcrypto's digest.
#include "shared/system/sha256.h"

#include <openssl/evp.h>

#include <stdexcept>

namespace chat {

void Sha256::Free::operator()(evp_md_ctx_st* context) const noexcept {
    EVP_MD_CTX_free(context);
}

Sha256::Sha256() : context_(EVP_MD_CTX_new()) {
    begin();
}

void Sha256::begin() {
    if (!context_ || EVP_DigestInit_ex(context_.get(), EVP_sha256(), nullptr) != 1)
        throw std::runtime_error("libcrypto has no SHA-256");
}

void Sha256::add(const void* bytes, std::size_t size) {
    if (EVP_DigestUpdate(context_.get(), bytes, size) != 1) throw std::runtime_error("libcrypto cannot hash");
}

std::array<std::uint8_t, 32> Sha256::finish() {
    std::array<std::uint8_t, 32> sum{};
    if (EVP_DigestFinal_ex(context_.get(), sum.data(), nullptr) != 1) throw std::runtime_error("libcrypto cannot hash");
    begin();
    return sum;
}

}  // namespace chat
