// Names and removals.
#include "chat-acceptor/desks/make_way.h"

#include "chat-acceptor/acts/waiting.h"
#include "chat-acceptor/clients/client_journal.h"
#include "shared/system/crash_point.h"

#include <string>

namespace chat {

bool MakeWay::before(const Reading& reading, const Connection& connection) {
    if (!reading.takes_name.empty() && !free_name(reading.takes_name, connection)) return false;
    if (reading.removes && !remove(*reading.removes, connection)) return false;
    if (!reading.journal_entry.empty())
        journal_client("irc-operator", floor_->tables.sessions.row(connection.client.slot), reading.journal_entry);
    return true;
}

bool MakeWay::before(const Act& act, const Answer& answer, const Connection& connection, Microseconds wall) {
    const auto name = name_taken_over(act, answer, floor_->act_context, wall);
    if (!name) return true;
    floor_->end_gift_unless(account_of_login(act, answer), connection.client);
    return free_name(*name, connection);
}

bool MakeWay::free_name(std::string_view name, const Connection& connection) {
    if (const auto holder = floor_->tables.sessions.find_name(name); holder && *holder != connection.client)
        floor_->give_random_name(*holder);
    CHAT_CRASH_POINT("turns: name is free for its owner");
    return floor_->publisher.has_room();
}

bool MakeWay::remove(const Reading::Removal& removal, const Connection& connection) {
    if (!floor_->publisher.has_control_room()) return false;
    const std::string by(floor_->tables.sessions.row(connection.client.slot).name_view());
    departures_->kick(removal.client, removal.reason, "by the IRC operator " + by);
    CHAT_CRASH_POINT("turns: somebody is removed");
    return floor_->publisher.has_room();
}

}  // namespace chat
