// The desk for start-up: after a reboot, a restart, an upgrade or a crash, it matches the rows of clients with their
// sockets. Sockets come from the service manager's store, and over the link from delivery; delivery receives those that
// it lacks over the same link.
#pragma once

#include "chat-acceptor/desks/departures.h"
#include "chat-acceptor/desks/newcomers.h"
#include "chat-acceptor/desks/transfers.h"
#include "chat-acceptor/desks/turns.h"
#include "chat-acceptor/floor.h"

#include <functional>
#include <optional>
#include <utility>
#include <vector>

namespace chat {

// A client's socket from the service manager's store.
struct StoredSocket {
    UniqueFd fd;
    SocketRole role = {};
};

class Recovery {
  public:
    // `notify_manager` sends the service manager a message, which wakes it: otherwise it starts delivery late.
    Recovery(Floor& floor, EventLoop& loop, Newcomers& newcomers, Transfers& transfers, Turns& turns,
             std::function<void()> notify_manager)
        : floor_(&floor),
          loop_(&loop),
          newcomers_(&newcomers),
          transfers_(&transfers),
          turns_(&turns),
          notify_manager_(std::move(notify_manager)) {}

    // Redoes records, matches the sockets to the rows by their cookies, and connects to delivery. Call once, first.
    void recover(std::vector<StoredSocket> stored_sockets);

    void on_link_connected();
    void on_link_message(Link::Received& received);

  private:
    void redo_records();
    void restore(std::uint32_t slot, UniqueFd fd);
    void restore_announcements();
    void admit_or_refuse(StoredSocket socket);
    void adopt(SlotId client, UniqueFd fd);
    void restore_from_delivery(SlotId client, Link::Received& received);
    void wake_manager();

    Floor* floor_;
    EventLoop* loop_;
    Newcomers* newcomers_;
    Transfers* transfers_;
    Turns* turns_;
    std::function<void()> notify_manager_;
    std::optional<EventLoop::Registration> waking_;
};

}  // namespace chat
