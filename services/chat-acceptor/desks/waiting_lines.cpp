// Waiting, and the end of it.
#include "chat-acceptor/desks/waiting_lines.h"

#include "chat-acceptor/acts/perform.h"
#include "shared/memory/slot_notes.h"
#include "shared/records/answer.h"
#include "shared/system/crash_point.h"

#include <algorithm>
#include <string>
#include <utility>

namespace chat {

using Stage = Connection::Stage;

std::optional<Draft> WaitingLines::ask(Connection& connection, const Inbox::Line& line, const Question& question,
                                       Microseconds now) {
    const bool is_page = question.authority == Authority::history || question.authority == Authority::unread ||
                         question.authority == Authority::targets;
    // Of a page in parts only the first counts.
    const ClientRow& row = floor_->tables.sessions.row(connection.client.slot);
    if (is_page && row.list_cursor_size == 0 && !may_read_page(connection, now))
        return Draft::refusal(ErrorCode::too_fast, "Too fast: at most " +
                                                       std::to_string(floor_->config.history_pages_per_minute) +
                                                       " pages of history a minute");
    const auto address = Address::of_peer(row.peer_view());
    const bool is_limited =
        question.authority == Authority::accounts && address && !floor_->addresses.is_trusted(*address);
    if (!floor_->questions.ask(connection.client, {row.session, line.state_after >> 1U, connection.may_have_asked},
                               question, now, is_limited ? std::optional(Network::of_host(*address)) : std::nullopt))
        return refuse_busy();
    if (question.after_sessions_of != 0) floor_->kept.collect(question.after_sessions_of);
    CHAT_CRASH_POINT("questions: asked");
    floor_->connections.await_answer(connection);
    return std::nullopt;
}

bool WaitingLines::may_read_page(Connection& connection, Microseconds now) const noexcept {
    constexpr Microseconds minute = 60;  // in seconds: the rate is one of pages per minute
    const std::int64_t pages = floor_->config.history_pages_per_minute;
    return connection.pages.take(pages, pages, now / minute);
}

// A list waits until at most half of the outbox is in use, and everything of earlier lists has arrived there. So only
// what others send can fill it.
bool WaitingLines::has_room_for_list(Connection& connection, std::size_t part) const noexcept {
    const Slot& slot = floor_->segment.slots()[connection.client.slot];
    if (connection.input == Connection::Input::broken || given_up(slot, connection.client)) return true;
    if (floor_->segment.words().head.load(std::memory_order_acquire) >= connection.lists_end) connection.list_debt = 0;
    const std::uint64_t waiting = unsent_bytes(slot, connection.client.generation);
    return waiting + connection.list_debt + part <= floor_->segment.sizes().outbox / 2;
}

void WaitingLines::await_room(Connection& connection, std::size_t part) {
    connection.is_counted = true;
    connection.awaits_room = part;
    floor_->connections.await_answer(connection);
    awaiting_room_.push_back(connection.client);
}

// What such a session has received is known when its connection has been finished: the record about it is published
// before that.
bool WaitingLines::is_session_ending(std::uint32_t account) const {
    if (floor_->connections.left_count() == 0) return false;
    for (std::uint32_t slot = 0; slot < floor_->connections.slot_count(); ++slot) {
        const Connection* connection = floor_->connections.at(slot);
        if (connection == nullptr || connection->stage != Stage::left) continue;
        const ClientRow& row = floor_->tables.sessions.row(slot);
        if (row.generation == connection->client.generation && (row.account == account || row.kept_account == account))
            return true;
    }
    return false;
}

bool WaitingLines::await_sessions(Connection& connection, std::uint32_t account) {
    if (account == 0 || !is_session_ending(account)) return false;
    CHAT_CRASH_POINT("waiting lines: awaits the end of a session");
    floor_->connections.await_answer(connection);
    awaiting_sessions_.push_back({connection.client, account});
    return true;
}

void WaitingLines::give_up(Connection& connection) {
    floor_->questions.cancel(connection.client);
    std::erase_if(awaiting_sessions_, [&](const AwaitingSessions& each) { return each.client == connection.client; });
    std::erase(awaiting_room_, connection.client);
    if (std::exchange(connection.awaits_room, 0) == 0) connection.answer = Answer();
    floor_->connections.resume(connection);
}

std::vector<SlotId> WaitingLines::take_answered() {
    std::vector<SlotId> answered;
    for (auto& [client, answer] : floor_->questions.take_answered(steady_clock())) {
        Connection* connection = floor_->connections.find(client);
        if (connection == nullptr || connection->stage != Stage::asking) continue;
        CHAT_CRASH_POINT("questions: answered");
        connection->answer = std::move(answer);
        floor_->connections.resume(*connection);
        answered.push_back(client);
    }
    return answered;
}

std::vector<SlotId> WaitingLines::take_with_room() {
    std::vector<SlotId> with_room;
    std::erase_if(awaiting_sessions_, [&](const AwaitingSessions& each) {
        Connection* connection = floor_->connections.find(each.client);
        if (connection == nullptr || connection->stage != Stage::asking) return true;
        if (is_session_ending(each.account)) return false;
        floor_->connections.resume(*connection);
        with_room.push_back(each.client);
        return true;
    });
    std::erase_if(awaiting_room_, [&](SlotId client) {
        Connection* connection = floor_->connections.find(client);
        if (connection == nullptr || connection->stage != Stage::asking || connection->awaits_room == 0) return true;
        if (!has_room_for_list(*connection, connection->awaits_room)) return false;
        connection->awaits_room = 0;
        floor_->connections.resume(*connection);
        with_room.push_back(client);
        return true;
    });
    return with_room;
}

}  // namespace chat
