// Where the server is: see server_address.h.
#include "client/net/server_address.h"

#include "shared/text/line.h"

#include <arpa/inet.h>

#include <algorithm>

namespace chat {

namespace {

std::optional<std::string> parse_port(std::string_view text) {
    const unsigned port = whole_number<unsigned>(text).value_or(0);
    if (port < 1 || port > 65535) return std::nullopt;
    return std::to_string(port);
}

bool is_host(std::string_view host) {
    return !host.empty() && std::none_of(host.begin(), host.end(), [](char c) {
        return static_cast<unsigned char>(c) <= ' ' || c == '[' || c == ']' || c == '\x7F';
    });
}

// With or without the name of the interface after a %.
bool is_ipv6(std::string_view host) {
    in6_addr address{};
    return ::inet_pton(AF_INET6, std::string(host.substr(0, host.find('%'))).c_str(), &address) == 1;
}

}  // namespace

std::string ServerAddress::written() const {
    return (host.find(':') == std::string::npos ? host : "[" + host + "]") + ":" + port;
}

ServerAddress ServerAddress::with_port(std::string_view other) const {
    ServerAddress address = *this;
    address.port = other;
    return address;
}

std::optional<ServerAddress> parse_server_address(std::string_view text) {
    std::string_view host = text;
    std::optional<std::string_view> port;
    if (text.starts_with('[')) {
        const std::size_t close = text.find(']');
        if (close == std::string_view::npos) return std::nullopt;
        host = text.substr(1, close - 1);
        const std::string_view after = text.substr(close + 1);
        if (!after.empty() && after.front() != ':') return std::nullopt;
        if (!after.empty()) port = after.substr(1);
    } else if (std::count(text.begin(), text.end(), ':') == 1) {
        const std::size_t colon = text.find(':');
        host = text.substr(0, colon);
        port = text.substr(colon + 1);
    }
    if (!is_host(host) || (host.find(':') != std::string_view::npos && !is_ipv6(host))) return std::nullopt;

    ServerAddress address;
    address.host = host;
    if (port) {
        auto number = parse_port(*port);
        if (!number) return std::nullopt;
        address.port = *std::move(number);
        address.port_given = true;
    }
    return address;
}

}  // namespace chat
