// A peer on the data port: its line is a request of the one form or invalid, nothing beyond the line is read from the
// connection, and no descriptor leaks. File names and the packed parts of records are validated.
#include "chat-acceptor/clients/data_port.h"

#include "shared/records/file.h"
#include "shared/text/file_name.h"
#include "tests/fuzz/check.h"
#include "tests/fuzz/local_socket.h"

#include <sys/socket.h>

#include <array>
#include <cstddef>
#include <cstdint>
#include <string>
#include <string_view>

using namespace chat;
using fuzz::require;

namespace {

void serve(std::string_view bytes) {
    const UniqueFd listener = fuzz::listen_on_loopback();
    Linger linger;
    UniqueFd handed;
    DataPort port(
        linger,
        [&](const TransferRequest&, const UniqueFd& fd) -> std::string_view {
            handed.reset(::dup(fd.get()));
            return {};
        },
        [](const std::string&) { return std::nullopt; });
    UniqueFd peer = fuzz::connect_on_loopback(listener.get());
    if (!bytes.empty())
        require(::send(peer.get(), bytes.data(), bytes.size(), MSG_NOSIGNAL) == static_cast<ssize_t>(bytes.size()),
                "the peer can send");
    ::shutdown(peer.get(), SHUT_WR);
    require(port.accept_connections(listener.get()) == 0, "the connection is taken");
    for (int i = 0; i < 8 && !port.empty(); ++i) port.serve();
    require(port.empty(), "a connection that has ended is done with");
    const std::size_t end = bytes.find('\n');
    std::string_view code;
    const auto request =
        end != std::string_view::npos && end < 128 ? parse_transfer_request(bytes.substr(0, end), code) : std::nullopt;
    require(static_cast<bool>(handed) == request.has_value(), "a request is handed on, and nothing else");
    if (!handed || request->decline) return;
    std::string rest(bytes.size() + 1, '\0');
    const ssize_t size = ::recv(handed.get(), rest.data(), rest.size(), MSG_DONTWAIT);
    require(size >= 0 && bytes.substr(end + 1) == std::string_view(rest).substr(0, static_cast<std::size_t>(size)),
            "what follows the line is all there");
}

void unpack(std::string_view bytes) {
    const Record record{.text = bytes};
    if (const auto offered = records::UploadOffered::of(record))
        require(offered->info.name.size() <= bytes.size(), "a name is inside");
    if (auto offered = records::FileOffered::of(record)) {
        require(offered->file.name.size() <= bytes.size(), "a name is inside");
        while (take_ticket_info(offered->tickets)) {
        }
    }
    (void)records::TicketEnded::of(record);
    (void)records::FileEnded::of(record);
    if (is_file_name(bytes))
        require(bytes.size() <= 255 && bytes.find('/') == std::string_view::npos && bytes.front() != '.',
                "a file's name leads nowhere");
}

}  // namespace

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
    const std::string_view bytes(reinterpret_cast<const char*>(data), size);
    const int before = fuzz::next_descriptor();
    serve(bytes);
    require(fuzz::next_descriptor() == before, "no descriptor is lost");
    unpack(bytes);
    std::string_view code;
    const auto request = parse_transfer_request(bytes, code);
    require(request.has_value() == code.empty(), "it is a request, or there is a word for why not");
    return 0;
}
