// Internet addresses and networks, as limits and bans compare them. An IPv4 address is the same whether it comes from
// an IPv4 socket or mapped into IPv6 (RFC 4291, section 2.5.5.2).
#pragma once

#include <array>
#include <compare>
#include <cstdint>
#include <optional>
#include <string>
#include <string_view>

struct sockaddr_storage;

namespace chat {

struct Address {
    std::array<std::uint8_t, 16> bytes = {};  // an IPv4 address is ::ffff:a.b.c.d

    // From `192.0.2.7` or `2001:db8::7`; without a port, a zone or brackets.
    [[nodiscard]] static std::optional<Address> parse(std::string_view text);
    // From an address with its port, as in ClientRow: `192.0.2.7:50312` or `[2001:db8::7]:50312`.
    [[nodiscard]] static std::optional<Address> of_peer(std::string_view peer);
    // 4 or 16 bytes, in the order of the network.
    [[nodiscard]] static Address of_bytes(std::string_view bytes) noexcept;
    // Empty for any other family.
    [[nodiscard]] static std::optional<Address> of(const sockaddr_storage& address) noexcept;

    // An IPv4 address, also one that is mapped into IPv6.
    [[nodiscard]] bool is_four() const noexcept;
    [[nodiscard]] std::string text() const;
    friend auto operator<=>(const Address&, const Address&) = default;
};

// The port of an Internet address, and the address with it as of_peer() reads it.
[[nodiscard]] std::uint16_t port_of(const sockaddr_storage& address) noexcept;
[[nodiscard]] std::string peer_text(const Address& address, std::uint16_t port);
[[nodiscard]] std::string peer_text(const sockaddr_storage& address);

// All addresses whose first `bits` bits are those of `base`. The bits count in the 128-bit form: 96 more for IPv4.
struct Network {
    Address base;  // its other bits are zero
    std::uint8_t bits = 128;

    // `ADDRESS` or `ADDRESS/BITS`; BITS is at most 32 for IPv4 and 128 for IPv6. Bits of ADDRESS beyond BITS are
    // cleared.
    [[nodiscard]] static std::optional<Network> parse(std::string_view text);
    [[nodiscard]] static Network of(const Address& address, std::uint8_t bits) noexcept;
    // What one host is: an IPv4 address, or an IPv6 network of 64 bits, which every host gets whole (RFC 6177).
    [[nodiscard]] static Network of_host(const Address& address) noexcept {
        return of(address, address.is_four() ? 128 : 64);
    }

    [[nodiscard]] bool contains(const Address& address) const noexcept;
    // `192.0.2.7`, `192.0.2.0/24` or `2001:db8::/64`.
    [[nodiscard]] std::string text() const;
    friend auto operator<=>(const Network&, const Network&) = default;
};

}  // namespace chat
