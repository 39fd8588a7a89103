// The socket between the two daemons: small messages in order, each with at most one descriptor (SCM_RIGHTS, unix(7)),
// over a Unix SOCK_SEQPACKET connection. All messages except those with a data connection are idempotent.
//
// Both sides may ask for a client's socket (`want`) and immediately receive `attach` or `gone`. chat-acceptor also
// attaches every new client and passes on data connections; chat-delivery reports `transfers` and damage. If either
// process dies, the other sees the connection end; on a new connection both begin with `hello`.
#pragma once

#include "shared/memory/client_table.h"
#include "shared/system/unique_fd.h"

#include <cstdint>
#include <optional>
#include <string>

namespace chat {

enum class LinkKind : std::uint32_t {
    hello = 1,  // number = segment id; `knows`
    attach,     // the descriptor is the client's socket; from chat-acceptor, number = its cookie
    want,       // asks for this client's socket
    gone,       // answer to `want`: this side does not have the socket
    damaged,    // the segment with id = number is damaged: chat-acceptor must create another
    upload,     // the descriptor is a data connection: client.slot = row of the file, number = its id, and `offset`
    download,   // the same: client.slot = row of the ticket
    transfers,  // the transfer words (file_table) have changed
};

struct LinkMessage {
    LinkKind kind;
    SlotId client;
    // hello: the highest RecordKind that the sender understands; upload: 1 if its sender wants receipts; 0.1 sends 0
    std::uint32_t knows = 0;
    std::uint64_t number = 0;
    std::uint64_t offset = 0;  // requested by the peer of a data connection
};

class Link {
  public:
    Link() = default;
    // Takes ownership of a connected or connecting socket.
    explicit Link(UniqueFd socket) : socket_(std::move(socket)) {}

    // Connects to the listening socket at `path`; empty with errno set on failure.
    [[nodiscard]] static std::optional<Link> connect(const std::string& path);
    // Accepts one pending connection, if there is one.
    [[nodiscard]] static std::optional<Link> accept(int listener);

    [[nodiscard]] bool is_open() const noexcept { return static_cast<bool>(socket_); }
    [[nodiscard]] int fd() const noexcept { return socket_.get(); }
    void close() noexcept { socket_.reset(); }

    enum class Sent : std::uint8_t { yes, later, broken };
    // Sends one message, with a copy of `fd` unless that is -1. `later`: the peer has to read first.
    [[nodiscard]] Sent send(const LinkMessage& message, int fd = -1) noexcept;

    struct Received {
        LinkMessage message;
        UniqueFd fd;
    };
    enum class Read : std::uint8_t { message, nothing, broken };
    // Reads the next message; a malformed one breaks the link.
    [[nodiscard]] Read receive(Received& received) noexcept;

  private:
    UniqueFd socket_;
};

}  // namespace chat
