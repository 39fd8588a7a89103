// One file on its way to or from the server, on a connection of its own: what both directions have in common. Nothing
// here waits: it works in small pieces whenever it is called. If the connection breaks, it connects again and the
// transfer resumes where it was.
#pragma once

#include "client/files/progress.h"
#include "client/net/connecting.h"
#include "client/net/server_address.h"
#include "client/net/stream.h"
#include "shared/text/protocol.h"

#include <poll.h>

#include <chrono>
#include <cstdint>
#include <memory>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

namespace chat {

class FileStream {
  public:
    using Clock = std::chrono::steady_clock;
    static constexpr std::size_t piece = std::size_t{256} * 1024;  // bytes read or written at once
    static constexpr int pieces = 4;                               // before others take their turn
    // A transfer that has made no progress for that long is given up: the server has forgotten its ticket.
    static constexpr std::chrono::seconds progress_timeout{75};

    FileStream(std::string name, std::uint64_t size);
    virtual ~FileStream() = default;
    FileStream(const FileStream&) = delete;
    FileStream& operator=(const FileStream&) = delete;

    // As for a companion.
    void wait_for(std::vector<pollfd>& waiting) const;
    [[nodiscard]] int poll_timeout() const;
    void work();

    enum class Outcome : std::uint8_t { none, done, failed, refused };
    [[nodiscard]] Outcome outcome() const noexcept { return outcome_; }
    // Why it failed or was refused, one line for people.
    [[nodiscard]] const std::string& problem() const noexcept { return problem_; }
    [[nodiscard]] const std::string& name() const noexcept { return name_; }
    [[nodiscard]] std::uint64_t size() const noexcept { return size_; }
    // photo.jpg (3.0 MB), for people.
    [[nodiscard]] std::string in_words() const;
    [[nodiscard]] const Progress& progress() const noexcept { return progress_; }
    [[nodiscard]] bool is_streaming() const noexcept { return state_ == State::streaming; }

  protected:
    enum class Step : std::uint8_t { more, wait, done, broken };
    // The request line, without LF.
    [[nodiscard]] virtual std::string request() const = 0;
    // The server said `go`.
    [[nodiscard]] virtual bool begin(std::uint64_t offset) = 0;
    // Moves one piece; the next byte to be moved is at `at_`.
    [[nodiscard]] virtual Step stream() = 0;
    // Everything was moved. ended(): what the server says then, or nothing at the end of its stream.
    virtual void streamed() {}
    virtual void ended(const std::optional<ServerLine>& line) = 0;
    // It has something to write.
    [[nodiscard]] virtual bool writes() const noexcept = 0;
    // How long it may make no progress, and what happens then.
    [[nodiscard]] virtual std::chrono::seconds patience() const noexcept { return progress_timeout; }
    virtual void stalled();
    // The server refuses it: the reason is the field `code`.
    virtual void refused(const ServerLine& line);

    // Starts to connect, and retries later if that fails.
    void start(const ServerAddress& server, std::string_view port, std::string_view ticket);
    void finish();
    void fail(std::string problem);
    void refuse(std::string problem);  // the server does not accept it, or does not send it
    void advance(std::uint64_t at);
    // Sends a whole line, to which the line end is added; false: the connection does not take it.
    bool say(const std::string& line);
    // Receives what is there.
    [[nodiscard]] Stream::State read_input();

    std::string name_;
    std::uint64_t size_;
    std::uint64_t at_ = 0;
    std::string ticket_;
    std::unique_ptr<Stream> stream_;
    std::string input_;  // received, and not used yet

  private:
    enum class State : std::uint8_t { idle, connecting, starting, streaming, ending };
    void connect();
    void check_connection();
    void read_start();
    void stream_pieces();
    void read_end();
    void interrupt();
    [[nodiscard]] std::optional<ServerLine> take_line();

    State state_ = State::idle;
    Outcome outcome_ = Outcome::none;
    std::string problem_;
    Progress progress_;
    ServerAddress server_;
    bool started_ = false;
    bool more_ = false;               // the last turn ended with work left to do
    std::optional<Attempt> attempt_;  // while it connects
    Clock::time_point again_at_{};
    Clock::time_point progress_at_{};
};

}  // namespace chat
