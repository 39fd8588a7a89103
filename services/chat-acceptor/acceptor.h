// The state of the process: the floor and the desks around it, wired together. Each desk has one duty and its own
// state.
//
// The acceptor reads and decides; delivery writes and records. What is decided becomes a record in the queue
// (publisher), whose effects are the rows of shared memory (tables).
#pragma once

#include "chat-acceptor/desks/ban_acts.h"
#include "chat-acceptor/desks/departures.h"
#include "chat-acceptor/desks/newcomers.h"
#include "chat-acceptor/desks/offers.h"
#include "chat-acceptor/desks/operator_acts.h"
#include "chat-acceptor/desks/recovery.h"
#include "chat-acceptor/desks/silences.h"
#include "chat-acceptor/desks/transfers.h"
#include "chat-acceptor/desks/turns.h"
#include "chat-acceptor/floor.h"

#include <cstdint>
#include <functional>
#include <string>
#include <utility>
#include <vector>

namespace chat {

class Acceptor {
  public:
    // `segment` and `loop` outlive it.
    Acceptor(const DaemonOptions& options, const Segment& segment, EventLoop& loop);

    // Start-up; call once, before anything else but transfers().set_data_port().
    void recover(std::vector<StoredSocket> stored_sockets);

    // What the loop calls.
    void accept_connections(int listener, SocketRole role);
    void serve_headers();        // of newcomers from a TLS terminator
    void tick();                 // twenty times a second while is_ticking()
    void release_idle_memory();  // now and then; throws DamagedSegment if the segment was removed or shortened
    [[nodiscard]] bool is_ticking() const noexcept;
    [[nodiscard]] bool is_blocked() const noexcept { return floor_.pressure.is_blocked(); }
    [[nodiscard]] bool is_accepting() const noexcept { return floor_.pressure.is_accepting(); }
    [[nodiscard]] int headers_fd() const noexcept { return newcomers_.headers_fd(); }
    [[nodiscard]] int clients_fd() const noexcept { return floor_.connections.epoll_fd(); }
    [[nodiscard]] Turns& turns() noexcept { return turns_; }
    [[nodiscard]] Transfers& transfers() noexcept { return transfers_; }
    // The service manager stops this service: the last of the two daemons to leave ends the connections.
    void stop();

    // Applies new settings, except those that take effect only at start.
    void reconfigure(const Config& config);

    [[nodiscard]] std::string status();
    // What is wrong with the log; empty while all is well.
    [[nodiscard]] std::string log_trouble() { return floor_.session_log.trouble(); }

    // What the operator may see. `observer` is called with every applied record; `again`: by a recovery.
    void observe(std::function<void(const Record&, bool again)> observer) { floor_.observer = std::move(observer); }
    [[nodiscard]] const Segment& segment() const noexcept { return floor_.segment; }
    [[nodiscard]] const Sessions& sessions() const noexcept { return floor_.tables.sessions; }
    [[nodiscard]] const Rooms& rooms() const noexcept { return floor_.tables.rooms; }
    [[nodiscard]] const Groups& groups() const noexcept { return floor_.tables.groups; }
    [[nodiscard]] const BanList& bans() const noexcept { return floor_.bans; }
    [[nodiscard]] const Config& config() const noexcept { return floor_.config; }
    [[nodiscard]] bool is_delivery_present() const noexcept { return floor_.is_delivery_present(); }
    [[nodiscard]] std::uint64_t refused_count() const noexcept { return newcomers_.refused_count(); }
    [[nodiscard]] std::uint64_t refused_count(Refusal refusal) const noexcept {
        return newcomers_.refused_count(refusal);
    }
    [[nodiscard]] const Files& files() const noexcept { return floor_.tables.files; }
    [[nodiscard]] const Questions& questions() const noexcept { return floor_.questions; }
    [[nodiscard]] Microseconds recovery_time() const noexcept { return recovery_time_; }
    // Lets the queue drop what the session log has written by now.
    void catch_up_with_log() { floor_.catch_up_with_log(); }
    // What is wrong at the moment, one sentence each.
    [[nodiscard]] std::vector<std::string> troubles();

    [[nodiscard]] AuthClient& auth() noexcept { return floor_.auth; }

    // What the operator may do.
    [[nodiscard]] OperatorActs& operators() noexcept { return operators_; }
    [[nodiscard]] BanActs& ban_acts() noexcept { return ban_acts_; }

  private:
    Floor floor_;
    Departures departures_;
    Newcomers newcomers_;
    Transfers transfers_;
    Turns turns_;
    OperatorActs operators_;
    BanActs ban_acts_;
    Offers offers_;
    Silences silences_;
    Recovery recovery_;
    Microseconds recovery_time_ = 0;  // that it took
};

}  // namespace chat
