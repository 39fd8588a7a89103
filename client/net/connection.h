// The connection to the server: lines in, lines out. Nothing here waits.
#pragma once

#include "client/net/line_splitter.h"
#include "client/net/stream.h"

#include <cstddef>
#include <memory>
#include <optional>
#include <string>
#include <string_view>

namespace chat {

class Connection {
  public:
    // The longest line taken from the server, in bytes; a longer one is skipped.
    static constexpr std::size_t longest_line = std::size_t{128} * 1024;
    // Lines are taken from the user only while fewer bytes than this wait to be sent.
    static constexpr std::size_t outbox_room = std::size_t{64} * 1024;

    explicit Connection(std::unique_ptr<Stream> stream);

    [[nodiscard]] int fd() const noexcept { return stream_->fd(); }
    // What to poll for.
    [[nodiscard]] short events() const noexcept;
    // Sends and receives what is possible now; call it when one of the events has come.
    void work();
    [[nodiscard]] bool has_room() const noexcept { return outbox_.size() < outbox_room; }
    [[nodiscard]] bool all_sent() const noexcept { return outbox_.empty(); }
    // Bytes sent so far: it grows while there is progress.
    [[nodiscard]] std::size_t sent() const noexcept { return sent_; }

    // Queues one line, to which the line end is added, and sends what the socket takes now. Ask has_room() before.
    void send(std::string_view line);
    // Sends what is queued; call it when the socket is writable.
    void send_waiting();
    // Reads what is there, up to 64 KiB; call it when the socket is readable.
    void receive();
    // The next line that has been received, or nothing. An unfinished line at the end of
    // the stream is dropped: half of `ok tag=c12` would answer another line.
    [[nodiscard]] std::optional<LineSplitter::Line> next_line();
    // Before the first whole line: what has come so far can be the beginning of a chat server's.
    [[nodiscard]] bool may_be_chat() const noexcept;
    // The server closed the connection, or it broke; lines received before can still be taken.
    [[nodiscard]] bool closed() const noexcept { return closed_; }

  private:
    std::unique_ptr<Stream> stream_;
    LineSplitter inbox_;
    std::string outbox_;
    std::size_t sent_ = 0;
    bool closed_ = false;
};

}  // namespace chat
