// What the acceptor's desks share: the segment with its tables, the producing end of the queue, the connections, the
// link to delivery and the configuration; and the only way to publish a record.
//
// Owned by Acceptor, which outlives every desk. A desk holds a reference and keeps its own state to itself.
#pragma once

#include "chat-acceptor/acts/perform.h"
#include "chat-acceptor/clients/addresses.h"
#include "chat-acceptor/clients/back_pressure.h"
#include "chat-acceptor/clients/ban_list.h"
#include "chat-acceptor/clients/connections.h"
#include "chat-acceptor/clients/delivery_link.h"
#include "chat-acceptor/clients/linger.h"
#include "chat-acceptor/clients/rate_limit.h"
#include "chat-acceptor/publisher.h"
#include "chat-acceptor/questions/auth_client.h"
#include "chat-acceptor/questions/kept_counts.h"
#include "chat-acceptor/questions/questions.h"
#include "chat-acceptor/questions/recent_deletions.h"
#include "chat-acceptor/session_log.h"
#include "chat-acceptor/state/tables.h"
#include "shared/system/daemon.h"

#include <functional>
#include <string>

namespace chat {

class HistoryReader;

// The record with the fields that say which connected client it is about, possibly without its name. Views point into
// the client's row.
[[nodiscard]] Record record_about(const Sessions& sessions, SlotId client, Record record);
[[nodiscard]] inline Record record_about(const Sessions& sessions, SlotId client, RecordKind kind) {
    return record_about(sessions, client, Record{.kind = kind});
}

struct Floor {
    Floor(const DaemonOptions& options, const Segment& the_segment, EventLoop& loop);
    Floor(const Floor&) = delete;
    Floor& operator=(const Floor&) = delete;

    // Numbers, commits and applies a record (Publisher); there must be room for it. Passes it to the session log and
    // the observer. If a departure from a group, or of a client, changes a group's admin, the announcement of the new
    // admin follows; so do the notifications of those who watch a name that has come or gone.
    Publisher::Published publish(const Record& record);
    [[nodiscard]] Record about(SlotId client, const Record& record) const {
        return record_about(tables.sessions, client, record);
    }
    // Publishes `group-admin` for each group whose admin has left and whose members have not been notified. This
    // follows from the rows, so a successor finishes what is left to do.
    void announce_group_admins();
    // The same for rooms whose last operator has left: one of the members becomes it.
    void appoint_room_operators();

    // Tells the watchers of names that have come or gone.
    void tell_watchers();

    // The server chooses another name for a client, which also ends the use of its account.
    void give_random_name(SlotId client);
    // Sessions whose account has been deleted or disabled lose its name.
    void check_accounts();

    // What the client was given for another account than this one is over, if it has received it.
    void end_gift_unless(std::uint32_t account, SlotId client);
    // Has it received what it was given of kept messages?
    [[nodiscard]] bool has_received_kept(SlotId client);
    // Can messages for accounts that are away become rows?
    [[nodiscard]] bool can_keep() const;
    // Takes a token for a row in the log about a refused or too fast client; false: too many recently.
    [[nodiscard]] bool may_note(Microseconds now) noexcept;
    // Lets the queue drop what the session log has written by now.
    void catch_up_with_log() { publisher.set_sessions_logged(session_log.logged_up_to(publisher.tail())); }
    [[nodiscard]] bool is_delivery_present() const noexcept { return delivery_said_hello && link.is_connected(); }
    void store_client_socket(int fd, DialectId dialect, bool is_proxied) const;

    const Segment& segment;
    Config config;
    const std::string proxy_token;  // see read_proxy_token()
    Tables tables;
    Publisher publisher;
    Connections connections;
    Addresses addresses;
    BanList bans;
    SessionLog session_log;
    std::function<void(Link::Received&)> on_link_message;  // set by Acceptor before the first connection
    std::function<void()> on_link_connected;
    DeliveryLink link;
    bool delivery_said_hello = false;  // on the current connection
    Linger linger;                     // connections of clients that have left
    Linger linger_strangers;           // of those that were refused: however many, they do not take the clients' places
    AuthClient auth;
    bool accounts_unchecked = false;  // there was no room in the queue
    KeptCounts kept;
    RecentDeletions deletions;
    AwayNotices away_notices;
    ActContext act_context;
    Questions questions;
    BackPressure pressure;
    std::function<void(const Record&, bool again)> observer;

  private:
    RateLimit notes_;
    HistoryReader* reader_;  // of `questions`
};

}  // namespace chat
