// Distances as bytes.
#include "shared/log/id_block.h"

#include <utility>

namespace chat {
namespace {

constexpr unsigned bits_a_byte = 7;
constexpr std::uint64_t continues = 1U << bits_a_byte;
constexpr unsigned most_bits = 63;

}  // namespace

std::string pack_ids(std::span<const std::uint64_t> ids) {
    std::string distances;
    for (std::size_t i = 1; i < ids.size(); ++i) {
        std::uint64_t distance = ids[i] - ids[i - 1];
        for (; distance >= continues; distance >>= bits_a_byte)
            distances += static_cast<char>(distance % continues + continues);
        distances += static_cast<char>(distance);
    }
    return distances;
}

std::vector<std::uint64_t> unpack_ids(std::uint64_t first, std::string_view distances) {
    std::vector<std::uint64_t> ids{first};
    std::uint64_t distance = 0;
    unsigned shift = 0;
    for (const char c : distances) {
        const auto byte = static_cast<unsigned char>(c);
        distance |= std::uint64_t{byte} % continues << shift;
        shift += bits_a_byte;
        if (byte >= continues && shift < most_bits) continue;
        ids.push_back(ids.back() + std::exchange(distance, 0));
        shift = 0;
    }
    return ids;
}

}  // namespace chat
