// One data connection after its ticket line: an upload into the spool or a download from it. It works in small steps,
// so that one thread serves many transfers in turn.
//
// State that must survive this process is in the words beside the row (shared/memory/file_table.h) and in the spool:
// the length of an upload's file is what has been received. If this process dies, the connection ends, and the peer
// reconnects with the same ticket.
#pragma once

#include "chat-delivery/files/broken_uploads.h"
#include "chat-delivery/files/spool.h"
#include "shared/memory/file_table.h"
#include "shared/system/clock.h"
#include "shared/system/unique_fd.h"

#include <cstddef>
#include <cstdint>
#include <functional>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

namespace chat {

class Transfer {
  public:
    // The transfer's subject. `words` must outlive it.
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
    // Does one small step and returns what to wait for. After `over` nothing is left to do: destroy the transfer.
    [[nodiscard]] Step step();
    // Ends the transfer at any point: the file or the ticket no longer exists.
    void abort() noexcept;

    [[nodiscard]] int fd() const noexcept { return fd_.get(); }
    [[nodiscard]] const Subject& subject() const noexcept { return subject_; }
    [[nodiscard]] bool is_upload() const noexcept { return is_upload_; }
    // Steady time at which it times out without further progress.
    [[nodiscard]] Microseconds deadline() const noexcept { return deadline_; }
    // Gives up space that is reserved for a peer which has not sent anything; false: there is none.
    virtual bool give_way() { return false; }
    // True if the acceptor must be notified; once for each change.
    [[nodiscard]] bool take_news() noexcept { return std::exchange(news_, false); }

    static constexpr Microseconds timeout = 60'000'000;
    static constexpr std::size_t piece = 256 * 1024;  // bytes per step

  protected:
    [[nodiscard]] virtual Step work() = 0;

    void extend_deadline() noexcept { deadline_ = steady_clock() + timeout; }
    void set_outcome(TransferOutcome outcome) noexcept;
    // Sends a short line; false: the peer is gone.
    [[nodiscard]] bool send_line(const std::string& line) noexcept;
    // Sends nothing more and discards what the peer still sends, so that the peer can read the last line.
    [[nodiscard]] Step start_lingering() noexcept;

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

// What uploads share, which outlives them.
struct UploadPlace {
    const Spool* spool;
    BrokenUploads* broken;
    // Does the whole of this file fit the spool besides all others that have begun?
    std::function<bool(const Transfer::Subject& subject)> has_room;
    // The disk is full: takes back the space reserved for others that have not begun. False: there was none.
    std::function<bool(const Transfer::Subject& subject)> reclaim;
};

class Upload : public Transfer {
  public:
    Upload(const Subject& subject, UniqueFd fd, const UploadPlace& place, std::uint64_t offset);
    ~Upload() override;
    Upload(const Upload&) = delete;
    Upload& operator=(const Upload&) = delete;

    bool give_way() override;

  private:
    enum class State : std::uint8_t { begin, hash_again, receive, discard, ended };
    [[nodiscard]] Step work() override;
    [[nodiscard]] Step begin();
    [[nodiscard]] Step hash_again();
    [[nodiscard]] Step receive();
    // False: there is no space.
    [[nodiscard]] bool store(std::size_t count);
    [[nodiscard]] bool reserve();
    [[nodiscard]] bool begin_storing();
    [[nodiscard]] bool is_under_way() const noexcept { return state_ == State::hash_again || state_ == State::receive; }
    [[nodiscard]] Step finish();
    [[nodiscard]] Step give_up(TransferOutcome outcome, std::string_view code);
    [[nodiscard]] Step report_stored();

    const UploadPlace* place_;
    UniqueFd file_;
    Hashed hashed_;
    std::vector<char> buffer_;
    State state_ = State::begin;
    bool is_reserved_ = false;
    bool is_go_sent_ = false;   // the peer knows where to begin
    std::uint64_t next_;        // position of the next byte from the peer; first as the peer asked
    std::uint64_t stored_ = 0;  // bytes in the spool
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
