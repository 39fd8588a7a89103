// The state of the process and its delivering thread, which moves records from the queue to outboxes and from there to
// sockets.
//
// The thread sleeps on the doorbell only. The main loop rings it when the gate, a second epoll set, has a socket.
#pragma once

#include "chat-delivery/acceptor_link.h"
#include "chat-delivery/departures.h"
#include "chat-delivery/fan_out.h"
#include "chat-delivery/files/file_transfers.h"
#include "chat-delivery/log/message_log.h"
#include "chat-delivery/missing_sockets.h"
#include "chat-delivery/outboxes.h"
#include "shared/memory/segment.h"
#include "shared/system/daemon.h"

#include <atomic>
#include <chrono>
#include <exception>
#include <functional>
#include <string>
#include <thread>

namespace chat {

class Delivery {
  public:
    Delivery(const DaemonOptions& options, const Segment& segment, UniqueFd link_listener);
    ~Delivery();
    Delivery(const Delivery&) = delete;
    Delivery& operator=(const Delivery&) = delete;

    // Starts the delivering thread, which calls `on_failure` when an exception ends it (see failure()), and `on_alone`
    // periodically for a while after the acceptor has gone.
    void start(std::function<void()> on_failure, std::function<void()> on_alone);
    [[nodiscard]] std::exception_ptr failure() const { return transfer_failure_ ? transfer_failure_ : failure_; }

    // For the main loop: readable when a socket needs the thread; call wake() then.
    [[nodiscard]] int gate_fd() const noexcept { return gate_.get(); }
    void wake();

    // Waits at most `limit` until the thread has delivered and the log has written what is in the queue now; returns
    // immediately if it is empty.
    void drain(std::chrono::milliseconds limit);
    // Ends the thread. `last`: also ends the service, if the acceptor has gone too: clients are notified and
    // disconnected, and the log is completed.
    void stop(bool last);

    // True if the thread has completed a round since the last call. For the watchdog.
    [[nodiscard]] bool is_alive() noexcept { return has_completed_round_.exchange(false); }
    // After stop(true): true if nobody is connected any more and everything is written.
    [[nodiscard]] bool has_ended_service() const noexcept { return service_ended_; }
    // Applies new settings, except those that need a restart.
    void reconfigure(const Config& config) {
        message_log_.reconfigure(config);
        fan_out_.allow_guests(config.accounts_guests != "no");
        transfers_.set_spool_limit(config.spool_mb);
    }
    [[nodiscard]] std::string status();
    // The current log error, and whether shared memory is full; empty if nothing is wrong.
    [[nodiscard]] std::string trouble() { return message_log_.trouble(); }
    [[nodiscard]] std::string memory_trouble() const { return outboxes_.out_of_memory().trouble(); }

  private:
    void run();
    // False until the sockets have come back after a start: without them the outboxes would only fill up.
    [[nodiscard]] bool may_deliver() const noexcept { return missing_.are_all_answered(); }
    // The acceptor has to create another segment; while it is away there is nobody to notify.
    [[nodiscard]] bool has_damage_to_report() const noexcept {
        return message_log_.has_found_damage() && link_.is_connected();
    }
    [[nodiscard]] bool deliver_some();
    void deliver(const Record& record);
    void welcome(const Record& record);
    void start_departure(const Record& record);
    void update_transfers(const Record& record);
    void serve_sockets();
    [[nodiscard]] bool should_wake_manager();
    void end_service();
    [[nodiscard]] bool is_work_waiting() const noexcept;

    const Segment* segment_;
    std::string state_directory_;
    UniqueFd epoll_;  // link and clients
    UniqueFd gate_;   // epoll_, one-shot
    Outboxes outboxes_;
    FanOut fan_out_;
    MessageLog message_log_;
    FileTransfers transfers_;
    AcceptorLink link_;
    MissingSockets missing_;
    Departures departures_;
    std::function<void()> on_failure_;
    std::function<void()> on_alone_;
    Microseconds alone_since_ = 0;  // steady time; 0: the acceptor is connected
    std::exception_ptr failure_;
    std::exception_ptr transfer_failure_;
    std::atomic<bool> sockets_ready_ = true;
    std::atomic<bool> transfer_news_ = false;  // the acceptor must be notified
    std::atomic<bool> failed_ = false;
    std::atomic<bool> stopping_ = false;
    std::atomic<bool> last_ = false;
    std::atomic<bool> has_completed_round_ = false;
    bool service_ended_ = false;
    Microseconds release_memory_at_ = 0;
    std::thread thread_;
};

}  // namespace chat
