// The state of the process, and what it decides: newcomers, lines, announcements, departures, files, operators' acts.
//
// The acceptor reads and decides; delivery writes and records. What is decided becomes a record in the queue
// (publisher), whose effects are the rows of shared memory (tables).
#pragma once

#include "chat-acceptor/commands.h"
#include "chat-acceptor/connections.h"
#include "chat-acceptor/data_port.h"
#include "chat-acceptor/delivery_link.h"
#include "chat-acceptor/linger.h"
#include "chat-acceptor/listener.h"
#include "chat-acceptor/publisher.h"
#include "chat-acceptor/session_log.h"
#include "chat-acceptor/tables.h"
#include "shared/daemon.h"

#include <cstdint>
#include <deque>
#include <functional>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

namespace chat {

class Acceptor {
  public:
    Acceptor(const DaemonOptions& options, const Segment& segment, EventLoop& loop);

    // Start-up (design: redo, sockets from the service manager, the rest from delivery). Call once, before anything
    // else.
    void recover(std::vector<UniqueFd> stored_sockets);

    // What the loop calls.
    void take_newcomers(int listener);
    void take_data_connections(int listener);
    void serve_data_connections() { data_port_.serve(); }
    void read_clients();
    void tick();  // twenty times a second while is_ticking()
    void rest();  // now and then: gives the memory of idle inboxes back, and looks whether the segment is there
    [[nodiscard]] bool has_waiting_lines() const noexcept { return !waiting_.empty(); }
    // A hundred times a second while has_paused(): those who sent too much beyond their rate go on.
    void resume_paused();
    [[nodiscard]] bool has_paused() const noexcept { return !paused_.empty(); }
    [[nodiscard]] bool is_blocked() const noexcept { return blocked_; }
    // Until the next tick no connection is taken: the process is out of descriptors or memory.
    [[nodiscard]] bool is_taking_newcomers() const noexcept { return !blocked_ && !newcomers_wait_; }
    [[nodiscard]] bool is_ticking() const noexcept;
    [[nodiscard]] int clients_fd() const noexcept { return connections_.epoll_fd(); }
    [[nodiscard]] int data_connections_fd() const noexcept { return data_port_.epoll_fd(); }
    // Before anything is read: the port that tickets are good at.
    void set_data_port(std::uint16_t port) noexcept { context_.data_port = port; }
    // The service manager stops this service: the last of the two daemons to leave ends the connections.
    void stop();

    // New settings, except those that wait for a start.
    void reconfigure(const Config& config);

    [[nodiscard]] std::string status();
    // What is wrong with the log; empty while all is well.
    [[nodiscard]] std::string log_trouble() { return session_log_.trouble(); }

    // What the operator may see. `observer` is told of every record that was applied; `again`: by a recovery.
    void observe(std::function<void(const Record&, bool again)> observer) { observer_ = std::move(observer); }
    [[nodiscard]] const Segment& segment() const noexcept { return *segment_; }
    [[nodiscard]] const Sessions& sessions() const noexcept { return sessions_; }
    [[nodiscard]] const Rooms& rooms() const noexcept { return tables_.rooms; }
    [[nodiscard]] const Groups& groups() const noexcept { return tables_.groups; }
    [[nodiscard]] const Config& config() const noexcept { return config_; }
    [[nodiscard]] bool is_delivery_present() const noexcept { return delivery_present_ && link_.is_connected(); }
    // The queue may forget what the session log has written by now.
    void catch_up_with_log() { publisher_.set_sessions_logged(session_log_.logged_up_to(publisher_.tail())); }
    // Connections that were turned away since the start.
    [[nodiscard]] std::uint64_t refused_count() const noexcept { return refused_; }

    // What the operator may do. Nothing is done where the queue is full.
    [[nodiscard]] bool kick(SlotId client, std::string_view reason, std::uint32_t operator_uid);
    struct Announced {
        std::uint64_t id;
        std::uint32_t receivers;
    };
    [[nodiscard]] std::optional<Announced> announce_to_everyone(std::string_view text, std::uint32_t operator_uid);

    // Puts a client into a room or takes it out, as if it had asked for that itself.
    enum class RoomAct : std::uint8_t { done, was_so, refused, busy };
    [[nodiscard]] RoomAct change_room(SlotId client, bool in, std::string_view room, std::uint32_t operator_uid);

    // Wants the texts removed from the log that this person has sent so far: a name or id, as the operator gave it, and
    // the one session that is meant, 0 = all that have had it. Returns the number of the request.
    [[nodiscard]] std::optional<std::uint64_t> forget(std::string_view person, std::uint64_t session,
                                                      std::uint32_t operator_uid);

    // What is wrong just now, a sentence each.
    [[nodiscard]] std::vector<std::string> troubles();

  private:
    Publisher::Published publish(const Record& record);
    [[nodiscard]] Record record_about(SlotId client, RecordKind kind) const;

    void admit(Newcomer newcomer);
    enum class Refusal : std::uint8_t { limit, busy, forgotten };
    void turn_away(Newcomer newcomer, Refusal refusal);
    void announce(SlotId client, Microseconds at = 0);  // 0 = now

    void read_client(Connection& connection);
    void deal_with_lines(Connection& connection);
    struct Moment {
        Microseconds wall;
        Microseconds steady;
    };
    void deal_with_line(Connection& connection, const Inbox::Line& line, const Moment& now);
    [[nodiscard]] Record answer_line(Connection& connection, const Inbox::Line& line, const Moment& now,
                                     std::string_view& tag);
    void deal_with_waiting();
    void count_excess(Connection& connection, int lines, Microseconds now);

    void leave(SlotId client, LeaveReason reason, bool broken);
    void after_departure(SlotId client);
    void journal_client(const char* event, const ClientRow& row, const std::string& what) const;
    void journal_result(const Record& result) const;
    [[nodiscard]] bool may_note(Microseconds now) noexcept;
    void finish_the_ended();
    void finish(Connection& connection);

    [[nodiscard]] std::string_view begin_transfer(const TransferRequest& request, const UniqueFd& fd);
    void look_after_files();
    void look_after_ticket(std::uint32_t row, Microseconds now);
    void look_after_upload(std::uint32_t row, Microseconds now);
    [[nodiscard]] bool may_ask_again(std::uint32_t row, Microseconds now) const;
    void offer_stored_files(std::uint64_t session);
    void offer_file(std::uint32_t row);
    void end_ticket(std::uint32_t row, FileEnd end);
    void end_file(std::uint32_t row, FileEnd end);
    [[nodiscard]] Record record_about_file(const FileRow& file, RecordKind kind) const;
    [[nodiscard]] std::vector<SlotId> receivers_of(const FileRow& file) const;

    void on_link_message(Link::Received& received);
    void on_link_connected();
    void wake_manager();
    void adopt(SlotId client, UniqueFd fd);
    void store_client_socket(int fd) const;
    void wait_for_lines(Connection& connection);
    void announce_the_due();
    void tell_admins();
    void complain(const char* event, const std::string& why);
    void pause_newcomers(const std::string& why);

    EventLoop* loop_;
    const Segment* segment_;
    Config config_;
    Tables tables_;
    Sessions& sessions_ = tables_.sessions;
    Files& files_ = tables_.files;
    Publisher publisher_;
    Connections connections_;
    SessionLog session_log_;
    DeliveryLink link_;
    Linger linger_;
    DataPort data_port_;
    CommandContext context_;
    std::function<void(const Record&, bool)> observer_;
    struct Unannounced {
        SlotId client;
        Microseconds due;  // steady time
    };
    static constexpr Microseconds announce_after = 1'000'000;
    std::deque<Unannounced> unannounced_;
    std::deque<SlotId> waiting_;   // clients with lines in their inboxes
    std::vector<SlotId> paused_;   // clients that are not read for a moment
    std::vector<SlotId> missing_;  // clients whose sockets delivery may have
    std::uint64_t refused_ = 0;
    std::size_t leaving_ = 0;        // connections that delivery has not ended yet
    bool blocked_ = false;           // the queue is full, or memory or descriptors ran out: nothing is read for a while
    bool delivery_present_ = false;  // it has said hello on this connection
    RateLimit notes_;                // of refused and of too fast clients, for the log and the journal
    std::uint64_t unnoted_ = 0;      // refusals since the last one that was noted
    bool newcomers_wait_ = false;    // descriptors or memory ran out: no connection is taken until the next tick
    Microseconds complained_at_ = 0;  // steady time of the last word about that in the journal
    std::string trouble_;             // why it is blocked, where that is not the queue
    std::optional<EventLoop::Registration> waking_;
};

}  // namespace chat
