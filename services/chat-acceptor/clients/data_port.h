// The port for the bytes of files, up to the single line that starts each connection. A valid request is handed on
// together with its descriptor; nothing beyond the line is read here.
#pragma once

#include "chat-acceptor/clients/linger.h"
#include "chat-acceptor/clients/proxied_newcomers.h"
#include "shared/memory/file_table.h"
#include "shared/system/clock.h"
#include "shared/system/unique_fd.h"

#include <cstddef>
#include <cstdint>
#include <functional>
#include <list>
#include <optional>
#include <string>
#include <string_view>

namespace chat {

// `/upload TICKET OFFSET [receipts]`, `/download TICKET OFFSET` or `/decline TICKET`.
struct TransferRequest {
    bool upload;
    bool decline;
    bool receipts;  // the sender wants to know what becomes of the file
    Ticket ticket;
    std::uint64_t offset;
};
// Parses the line, which no longer has its LF. Empty, with `code` set to the error's word, if it is not such a request.
[[nodiscard]] std::optional<TransferRequest> parse_transfer_request(std::string_view line, std::string_view& code);

class DataPort {
  public:
    // Receives each request with its connection, which it takes over unless the request is to decline. Returns the word
    // of an error, or an empty string.
    using Handler = std::function<std::string_view(const TransferRequest&, const UniqueFd&)>;
    // The reason of the ban of a peer, which is refused then.
    using Bans = std::function<std::optional<std::string>(const std::string& peer)>;
    // `proxy_token`: see ProxiedNewcomers.
    DataPort(Linger& linger, Handler handler, Bans bans, std::string proxy_token = {});

    [[nodiscard]] int epoll_fd() const noexcept { return epoll_.get(); }
    // Accepts waiting connections. If too many have not sent their line yet, the oldest is refused. Returns 0, or the
    // errno if the process is out of descriptors or memory.
    [[nodiscard]] int accept_connections(int listener, bool is_proxied = false);
    // Reads those that are readable.
    void serve();
    // Refuses those that took too long.
    void tick();
    [[nodiscard]] bool empty() const noexcept { return waiting_.empty() && proxied_.empty(); }

    static constexpr std::size_t max_waiting = 256;
    static constexpr Microseconds timeout = 10'000'000;

  private:
    struct Waiting {
        UniqueFd fd;
        Microseconds until;  // steady time
        std::string line;    // received so far
        bool over = false;
    };
    // Returns the errno if it cannot be watched.
    int add(Newcomer newcomer);
    void read(Waiting& waiting);
    void refuse(Waiting& waiting, std::string_view code,
                std::string_view text = "This is not a valid transfer request");
    // Answers with the connection's only line, and ends it.
    void finish(Waiting& waiting, const std::string& line);

    Linger* linger_;
    Handler handler_;
    Bans bans_;
    UniqueFd epoll_;
    std::list<Waiting> waiting_;  // oldest first
    ProxiedNewcomers proxied_;
};

}  // namespace chat
