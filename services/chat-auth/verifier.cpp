// libcrypt.
#include "chat-auth/verifier.h"

#include "shared/system/secret.h"
#include "shared/system/sha256.h"
#include "shared/text/hex.h"

#include <crypt.h>

#include <array>
#include <cerrno>
#include <memory>
#include <stdexcept>
#include <system_error>

namespace chat {
namespace {

// Empty if libcrypt refuses the setting.
std::string hash(std::string_view secret, const char* setting) {
    Secret phrase;
    if (secret.size() < CRYPT_MAX_PASSPHRASE_SIZE) {
        phrase.append(secret);
    } else {  // longer than crypt(3) accepts
        Sha256 sha;
        sha.add(secret.data(), secret.size());
        phrase.append(hex_of(sha.finish()));
    }
    phrase.append(std::string_view("", 1));
    const auto data = std::make_unique<crypt_data>();
    const char* result = ::crypt_rn(phrase.view().data(), setting, data.get(), sizeof *data);
    std::string text = result == nullptr ? "" : result;
    wipe(data.get(), sizeof *data);
    return text;
}

}  // namespace

std::string make_verifier(std::string_view secret, unsigned long cost) {
    std::array<char, CRYPT_GENSALT_OUTPUT_SIZE> setting{};
    if (::crypt_gensalt_rn("$y$", cost, nullptr, 0, setting.data(), static_cast<int>(setting.size())) == nullptr)
        throw std::system_error(errno, std::generic_category(), "making a salt");
    std::string verifier = hash(secret, setting.data());
    if (verifier.empty()) throw std::runtime_error("libcrypt cannot hash with yescrypt");
    return verifier;
}

bool are_equal(std::string_view a, std::string_view b) noexcept {
    if (a.size() != b.size()) return false;
    unsigned difference = 0;
    for (std::size_t i = 0; i < a.size(); ++i)
        difference |= static_cast<unsigned>(static_cast<unsigned char>(a[i]) ^ static_cast<unsigned char>(b[i]));
    return difference == 0;
}

bool fits_verifier(std::string_view secret, const std::string& verifier) {
    const std::string computed = hash(secret, verifier.c_str());
    return !computed.empty() && are_equal(computed, verifier);
}

}  // namespace chat
