// Drawing and spelling.
#include "shared/system/random_token.h"

#include "shared/system/random.h"
#include "shared/text/hex.h"

#include <array>
#include <cstddef>
#include <cstdint>
#include <span>
#include <string>

namespace chat {

Secret random_token() {
    std::array<std::uint8_t, 16> random{};
    fill_random(std::as_writable_bytes(std::span(random)));
    std::string digits = hex_of(random);
    Secret token(digits);
    wipe(random.data(), random.size());
    wipe(digits.data(), digits.size());
    return token;
}

}  // namespace chat
