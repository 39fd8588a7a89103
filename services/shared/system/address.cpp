// Parsing, printing and comparing.
#include "shared/system/address.h"

#include "shared/text/line.h"

#include <arpa/inet.h>
#include <netinet/in.h>
#include <sys/socket.h>

#include <algorithm>
#include <cstring>

namespace chat {
namespace {

constexpr std::size_t mapped_bytes = 12;  // in front of an IPv4 address
constexpr unsigned mapped_bits = 96;
constexpr std::array<std::uint8_t, mapped_bytes> mapped_prefix = {0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0xff, 0xff};

Address from_four(const in_addr& four) noexcept {
    Address address;
    std::copy(mapped_prefix.begin(), mapped_prefix.end(), address.bytes.begin());
    const auto* bytes = reinterpret_cast<const std::uint8_t*>(&four.s_addr);
    std::copy_n(bytes, sizeof four.s_addr, address.bytes.begin() + mapped_bytes);
    return address;
}

Address from_six(const in6_addr& six) noexcept {
    Address address;
    std::copy_n(six.s6_addr, address.bytes.size(), address.bytes.begin());
    return address;
}

}  // namespace

std::optional<Address> Address::parse(std::string_view text) {
    const std::string ended(text);
    if (ended.find('\0') != std::string::npos) return std::nullopt;
    in_addr four{};
    if (::inet_pton(AF_INET, ended.c_str(), &four) == 1) return from_four(four);
    in6_addr six{};
    if (::inet_pton(AF_INET6, ended.c_str(), &six) == 1) return from_six(six);
    return std::nullopt;
}

std::optional<Address> Address::of_peer(std::string_view peer) {
    const std::size_t colon = peer.rfind(':');
    if (colon == std::string_view::npos) return std::nullopt;
    std::string_view host = peer.substr(0, colon);
    if (host.starts_with('[') && host.ends_with(']')) host = host.substr(1, host.size() - 2);
    return parse(host);
}

Address Address::of_bytes(std::string_view bytes) noexcept {
    in_addr four{};
    in6_addr six{};
    if (bytes.size() == sizeof four) {
        std::memcpy(&four, bytes.data(), sizeof four);
        return from_four(four);
    }
    std::memcpy(&six, bytes.data(), std::min(bytes.size(), sizeof six));
    return from_six(six);
}

std::optional<Address> Address::of(const sockaddr_storage& address) noexcept {
    if (address.ss_family == AF_INET) return from_four(reinterpret_cast<const sockaddr_in&>(address).sin_addr);
    if (address.ss_family == AF_INET6) return from_six(reinterpret_cast<const sockaddr_in6&>(address).sin6_addr);
    return std::nullopt;
}

bool Address::is_four() const noexcept {
    return std::equal(mapped_prefix.begin(), mapped_prefix.end(), bytes.begin());
}

std::string Address::text() const {
    char text[INET6_ADDRSTRLEN] = {};
    if (is_four())
        ::inet_ntop(AF_INET, bytes.data() + mapped_bytes, text, sizeof text);
    else
        ::inet_ntop(AF_INET6, bytes.data(), text, sizeof text);
    return text;
}

std::uint16_t port_of(const sockaddr_storage& address) noexcept {
    return ntohs(address.ss_family == AF_INET ? reinterpret_cast<const sockaddr_in&>(address).sin_port
                                              : reinterpret_cast<const sockaddr_in6&>(address).sin6_port);
}

std::string peer_text(const Address& address, std::uint16_t port) {
    const std::string text = address.text();
    return (address.is_four() ? text : '[' + text + ']') + ':' + std::to_string(port);
}

std::string peer_text(const sockaddr_storage& address) {
    return peer_text(Address::of(address).value_or(Address{}), port_of(address));
}

Network Network::of(const Address& address, std::uint8_t bits) noexcept {
    constexpr unsigned byte = 8;
    Network network{address, bits};
    for (std::size_t i = 0; i < network.base.bytes.size(); ++i) {
        const unsigned before = static_cast<unsigned>(i) * byte;
        const unsigned kept = bits > before ? std::min(byte, bits - before) : 0U;
        network.base.bytes[i] &= static_cast<std::uint8_t>(0xff00U >> kept);
    }
    return network;
}

// Every new connection is compared with every ban: whole bytes first, then the bits that are left.
bool Network::contains(const Address& address) const noexcept {
    constexpr unsigned byte = 8;
    const std::size_t whole = bits / byte;
    if (std::memcmp(address.bytes.data(), base.bytes.data(), whole) != 0) return false;
    const unsigned left = bits % byte;
    return left == 0 || ((address.bytes[whole] ^ base.bytes[whole]) & (0xff00U >> left) & 0xffU) == 0;
}

std::optional<Network> Network::parse(std::string_view text) {
    const std::size_t slash = text.find('/');
    const auto address = Address::parse(text.substr(0, slash));
    if (!address) return std::nullopt;
    // ::ffff:192.0.2.0/120 is 192.0.2.0/24.
    const bool is_spelled_as_four = text.substr(0, slash).find(':') == std::string_view::npos;
    const unsigned before = is_spelled_as_four ? mapped_bits : 0U;
    unsigned bits = 128;
    if (slash != std::string_view::npos) {
        const auto given = whole_number<std::uint8_t>(text.substr(slash + 1));
        if (!given || before + *given > bits) return std::nullopt;
        bits = before + *given;
    }
    return of(*address, static_cast<std::uint8_t>(bits));
}

std::string Network::text() const {
    const bool is_four = base.is_four() && bits >= mapped_bits;
    if (bits == 128) return base.text();
    if (is_four) return base.text() + '/' + std::to_string(bits - mapped_bits);
    return base.text() + '/' + std::to_string(bits);
}

}  // namespace chat
