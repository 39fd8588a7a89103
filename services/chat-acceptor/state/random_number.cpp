// One generator for all random numbers.
#include "chat-acceptor/state/random_number.h"

#include <random>

namespace chat {

std::uint32_t random_below(std::uint32_t limit) {
    // One seed from the kernel is enough; each read of its random bytes would cost a microsecond.
    static std::mt19937_64 generator{std::random_device()()};
    return std::uniform_int_distribution<std::uint32_t>(0, limit - 1)(generator);
}

}  // namespace chat
