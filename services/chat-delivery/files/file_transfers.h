// All data connections, served by a separate thread: the delivering thread never waits for a disk or a file's peer.
#pragma once

#include "chat-delivery/files/spool.h"
#include "chat-delivery/files/transfer.h"
#include "shared/memory/segment.h"
#include "shared/system/link.h"

#include <atomic>
#include <cstdint>
#include <exception>
#include <functional>
#include <memory>
#include <mutex>
#include <string>
#include <thread>
#include <utility>
#include <vector>

namespace chat {

class FileTransfers {
  public:
    // The thread calls `on_news` when the acceptor should check the transfer words.
    FileTransfers(const Segment& segment, const std::string& state_directory, std::function<void()> on_news);
    ~FileTransfers();
    FileTransfers(const FileTransfers&) = delete;
    FileTransfers& operator=(const FileTransfers&) = delete;

    // The thread calls `on_failure` when an exception ends it.
    void start(std::function<void(std::exception_ptr)> on_failure);
    void stop();

    // Thread-safe: how much the files that wait for their receivers may take.
    void set_spool_limit(std::int64_t mib) noexcept { spool_limit_ = static_cast<std::uint64_t>(mib) * 1024 * 1024; }
    // Thread-safe: adds a data connection whose ticket the acceptor has validated.
    void add(bool upload, std::uint32_t row, std::uint64_t file, std::uint64_t offset, UniqueFd fd);
    void add(const LinkMessage& message, UniqueFd fd);
    // A receiver is done with the file, with any outcome; the file itself has ended.
    void end_ticket(std::uint32_t row, std::uint64_t file);
    void end_file(std::uint64_t file);
    // Removes files that no row refers to. Rows are complete once the acceptor has recovered.
    void sweep();

  private:
    struct Task {
        enum class What : std::uint8_t { upload, download, end_ticket, end_file, sweep } what;
        std::uint32_t row = 0;
        std::uint64_t file = 0;
        std::uint64_t offset = 0;
        UniqueFd fd;
        Microseconds until = 0;  // steady time until which it waits for an earlier connection to end
    };
    // A transfer that the epoll set may know by this address. The set drops a socket only when its last descriptor is
    // closed, and another process may still hold one: so the entry removes it explicitly.
    struct Entry {
        Entry(std::unique_ptr<Transfer> served, int set) noexcept : transfer(std::move(served)), epoll(set) {}
        ~Entry();
        Entry(const Entry&) = delete;
        Entry& operator=(const Entry&) = delete;

        std::unique_ptr<Transfer> transfer;
        Transfer::Step waiting_for = Transfer::Step::again;
        bool over = false;
        int epoll;
    };
    void enqueue(Task task);
    void run();
    void process_tasks();
    void process(Task& task);
    void begin(Task& task);
    void begin_waiting();
    [[nodiscard]] bool is_in_use(const Task& task) const noexcept;
    [[nodiscard]] std::unique_ptr<Transfer> make_transfer(Task& task) const;
    void abort(bool upload, std::uint64_t file, std::uint32_t row);
    [[nodiscard]] bool serve(Entry& entry);
    void wait_for_events(int timeout_ms);
    [[nodiscard]] bool has_room(const Transfer::Subject& subject) const noexcept;
    [[nodiscard]] bool reclaim(const Transfer::Subject& subject);
    void remove_unknown() const;
    void mark_all_broken() const noexcept;

    const Segment* segment_;
    Spool spool_;
    std::atomic<std::uint64_t> spool_limit_ = ~std::uint64_t{0};
    BrokenUploads broken_uploads_;
    UploadPlace upload_place_;
    std::function<void()> on_news_;
    UniqueFd epoll_;
    UniqueFd wake_;
    std::mutex mutex_;
    std::vector<Task> tasks_;
    std::vector<std::unique_ptr<Entry>> entries_;
    std::vector<Task> waiting_;  // waiting for an earlier connection with the same ticket to end
    std::atomic<bool> stopping_ = false;
    std::thread thread_;
};

}  // namespace chat
