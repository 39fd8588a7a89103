// A TLS terminator's header: it is whole, the beginning of one, or invalid, and each for good reason: a beginning
// becomes whole or invalid with more bytes and never the other way round. What it says is within the bounds of a row.
#include "chat-acceptor/clients/proxy_header.h"

#include "shared/memory/client_table.h"
#include "tests/fuzz/check.h"

#include <cstddef>
#include <cstdint>
#include <string_view>

using namespace chat;
using fuzz::require;

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
    const std::string_view bytes(reinterpret_cast<const char*>(data), size);
    const std::string_view token = size % 2 == 0 ? "" : "ab";
    ProxyHeader header;
    const ProxyHeaderFit fit = parse_proxy_header(bytes, token, header);
    for (std::size_t shorter = 0; shorter < size; ++shorter) {
        ProxyHeader part;
        const ProxyHeaderFit before = parse_proxy_header(bytes.substr(0, shorter), token, part);
        require(before != ProxyHeaderFit::whole || (fit == ProxyHeaderFit::whole && header.size == part.size),
                "what follows changes nothing");
        require(before != ProxyHeaderFit::invalid || fit == ProxyHeaderFit::invalid, "invalid stays invalid");
    }
    require(fit != ProxyHeaderFit::incomplete || size < largest_proxy_header, "it is decided in time");
    require((fit == ProxyHeaderFit::whole) == (header.size != 0), "nothing is set unless it is whole");
    if (fit != ProxyHeaderFit::whole) return 0;
    require(header.size <= size && header.size <= largest_proxy_header, "it is no longer than the bytes");
    require(header.peer().size() <= max_peer_size && header.common_name.size() <= max_name_size, "it fits a row");
    return 0;
}
