// One data connection after its ticket line: an upload into the spool or a download from it. It works in small steps,
// so that one thread serves many of them in turn.
//
// What must survive this process is in the words beside the row (shared/memory/file_table.h) and in the spool: the
// length of an upload's file is what has been received. If this process dies, the connection ends, and the peer comes
// again with the same ticket.
#pragma once

#include "chat-delivery/files/spool.h"
#include "shared/memory/file_table.h"
#include "shared/system/clock.h"
#include "shared/system/sha256.h"
#include "shared/system/unique_fd.h"

#include <cstddef>
#include <cstdint>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

namespace chat {

class Transfer {
  public:
    // What the transfer is about. `words` outlive it.
    struct Subject {
        std::uint64_t file;  // id
        std::uint32_t row;   // of the file for an upload, of the ticket for a download
        std::uint64_t size;
        Sha256Sum sha256;
        TransferWords* words;
    };
    Transfer(const Subject& subject, UniqueFd fd);
    virtual ~Transfer() = default;
    Transfer(const Transfer&) = delete;
    Transfer& operator=(const Transfer&) = delete;

    enum class Step : std::uint8_t { again, until_readable, until_writable, over };
    // Does a little of the work and says what to wait for. After `over` nothing is left to do: destroy it.
    [[nodiscard]] Step step();
    // Ends it wherever it is: the file or the ticket is no more.
    void break_off() noexcept;

    [[nodiscard]] int fd() const noexcept { return fd_.get(); }
    [[nodiscard]] const Subject& subject() const noexcept { return subject_; }
    [[nodiscard]] bool is_upload() const noexcept { return is_upload_; }
    // Steady time at which it has been without progress for too long.
    [[nodiscard]] Microseconds deadline() const noexcept { return deadline_; }
    // Has the acceptor to be told? Once for each piece of news.
    [[nodiscard]] bool take_news() noexcept { return std::exchange(news_, false); }

    static constexpr Microseconds patience = 60'000'000;
    static constexpr std::size_t piece = 256 * 1024;  // bytes a step

  protected:
    [[nodiscard]] virtual Step work() = 0;

    void progress() noexcept { deadline_ = steady_clock() + patience; }
    void set_outcome(TransferOutcome outcome) noexcept;
    // Sends a short line; false: the peer is gone.
    [[nodiscard]] bool say(const std::string& line) noexcept;
    // Nothing more is sent; what the peer still sends is thrown away, so that it can read what it was told.
    [[nodiscard]] Step see_off() noexcept;

    Subject subject_;
    UniqueFd fd_;
    bool is_upload_ = false;

  private:
    [[nodiscard]] Step linger() noexcept;
    void disconnect() noexcept;

    Microseconds deadline_;
    bool news_ = false;
    bool lingering_ = false;
    bool connected_ = true;
};

class Upload : public Transfer {
  public:
    Upload(const Subject& subject, UniqueFd fd, const Spool& spool, std::uint64_t offset);

  private:
    enum class State : std::uint8_t { begin, hash_again, receive, throw_away };
    [[nodiscard]] Step work() override;
    [[nodiscard]] Step begin();
    [[nodiscard]] Step hash_again();
    [[nodiscard]] Step receive();
    [[nodiscard]] Step finish();
    [[nodiscard]] Step give_up(TransferOutcome outcome, std::string_view code);
    [[nodiscard]] Step tell_stored();

    const Spool* spool_;
    UniqueFd file_;
    Sha256 hash_;
    std::vector<char> buffer_;
    State state_ = State::begin;
    std::uint64_t offset_;  // that the peer asked for, then that it was told
    std::uint64_t at_ = 0;  // bytes that are hashed
};

class Download : public Transfer {
  public:
    Download(const Subject& subject, UniqueFd fd, const Spool& spool, std::uint64_t offset);

  private:
    enum class State : std::uint8_t { begin, send, await_answer };
    [[nodiscard]] Step work() override;
    [[nodiscard]] Step begin();
    [[nodiscard]] Step send();
    [[nodiscard]] Step await_answer();

    const Spool* spool_;
    UniqueFd file_;
    State state_ = State::begin;
    std::uint64_t at_;
    std::string answer_;
};

}  // namespace chat
