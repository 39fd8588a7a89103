// The parts of the header, in their order.
#include "chat-acceptor/clients/proxy_header.h"

#include "shared/text/hex.h"
#include "shared/text/text_rules.h"

#include <algorithm>

namespace chat {
namespace {

constexpr std::string_view signature("\r\n\r\n\0\r\nQUIT\n", 12);
constexpr std::size_t fixed_size = 16;  // signature, version and command, family, length
constexpr std::uint8_t version_2_proxy = 0x21;
constexpr std::uint8_t tcp_over_ipv4 = 0x11;
constexpr std::uint8_t tcp_over_ipv6 = 0x21;

constexpr std::uint8_t tlv_unique_id = 0x05;
constexpr std::uint8_t tlv_tls = 0x20;
constexpr std::uint8_t tlv_common_name = 0x22;  // within tlv_tls
constexpr std::uint8_t flag_tls = 0x01;
constexpr std::uint8_t flags_certificate = 0x02 | 0x04;  // on this connection, or in this session

std::uint8_t byte_at(std::string_view bytes, std::size_t at) noexcept {
    return static_cast<std::uint8_t>(bytes[at]);
}

std::uint16_t number_at(std::string_view bytes, std::size_t at) noexcept {
    return static_cast<std::uint16_t>(byte_at(bytes, at) << 8U | byte_at(bytes, at + 1));
}

// Calls `use` with the type and value of each; false if the bytes are not a sequence of them.
template <typename Use>
[[nodiscard]] bool for_each_tlv(std::string_view bytes, Use use) {
    constexpr std::size_t head = 3;
    while (!bytes.empty()) {
        if (bytes.size() < head) return false;
        const std::size_t size = number_at(bytes, 1);
        if (bytes.size() - head < size) return false;
        use(byte_at(bytes, 0), bytes.substr(head, size));
        bytes.remove_prefix(head + size);
    }
    return true;
}

// Flags, four bytes that are zero if the certificate was verified, and more of them.
[[nodiscard]] bool read_tls(std::string_view value, ProxyHeader& header) {
    constexpr std::size_t head = 5;
    if (value.size() < head) return false;
    const std::uint8_t flags = byte_at(value, 0);
    header.is_secure = (flags & flag_tls) != 0;
    const bool is_verified =
        (flags & flags_certificate) != 0 && value.substr(1, head - 1) == std::string_view("\0\0\0\0", head - 1);
    return for_each_tlv(value.substr(head), [&](std::uint8_t type, std::string_view name) {
        if (type == tlv_common_name && is_verified && name.size() <= max_name_size && is_clean_text(name))
            header.common_name = name;
    });
}

}  // namespace

ProxyHeaderFit parse_proxy_header(std::string_view bytes, std::string_view token, ProxyHeader& header) {
    const std::size_t seen = std::min(bytes.size(), signature.size());
    if (bytes.substr(0, seen) != signature.substr(0, seen)) return ProxyHeaderFit::invalid;
    if (bytes.size() < fixed_size) return ProxyHeaderFit::incomplete;
    if (byte_at(bytes, 12) != version_2_proxy) return ProxyHeaderFit::invalid;
    const std::uint8_t family = byte_at(bytes, 13);
    if (family != tcp_over_ipv4 && family != tcp_over_ipv6) return ProxyHeaderFit::invalid;
    const std::size_t size = fixed_size + number_at(bytes, 14);
    // Both addresses, then both ports; the client's come first.
    const std::size_t address_size = family == tcp_over_ipv4 ? 4 : 16;
    const std::size_t addresses_size = 2 * address_size + 4;
    if (size > largest_proxy_header || size < fixed_size + addresses_size) return ProxyHeaderFit::invalid;
    if (bytes.size() < size) return ProxyHeaderFit::incomplete;

    ProxyHeader found;
    found.size = size;
    const std::string_view source = bytes.substr(fixed_size, address_size);
    found.address = Address::of_bytes(source);
    found.port = number_at(bytes, fixed_size + 2 * address_size);
    bool is_good = true;
    std::string_view unique_id;
    const std::string_view tlvs = bytes.substr(fixed_size + addresses_size, size - fixed_size - addresses_size);
    const bool is_sequence = for_each_tlv(tlvs, [&](std::uint8_t type, std::string_view value) {
        if (type == tlv_tls) is_good = is_good && read_tls(value, found);
        if (type == tlv_unique_id) unique_id = value;
    });
    if (!is_sequence || !is_good || !unique_id.starts_with(token)) return ProxyHeaderFit::invalid;
    found.fingerprint = read_hex<Fingerprint>(unique_id.substr(token.size())).value_or(Fingerprint{});
    header = std::move(found);
    return ProxyHeaderFit::whole;
}

}  // namespace chat
