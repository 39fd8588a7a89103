// From bytes to records.
#include "chat-acceptor/desks/turns.h"

#include "chat-acceptor/acts/cost.h"
#include "chat-acceptor/acts/kept.h"
#include "chat-acceptor/acts/waiting.h"
#include "chat-acceptor/clients/client_journal.h"
#include "chat-acceptor/clients/line_attempt.h"
#include "shared/records/answer.h"
#include "shared/records/message.h"
#include "shared/system/crash_point.h"

#include <algorithm>
#include <string>
#include <utility>
#include <variant>

namespace chat {
namespace {

using Stage = Connection::Stage;
using Input = Connection::Input;
constexpr int lines_a_turn = 64;
constexpr std::size_t turns_a_round = 8;  // in addition to the first of each client
// In lines: a piece of a line that is being skipped counts as several, and empty lines as a fraction.
constexpr int excess_of_a_piece = 4;
constexpr int blank_lines_of_excess = 8;
constexpr Microseconds idle_time = 10'000'000;

}  // namespace

void Turns::read_clients() {
    floor_->catch_up_with_log();
    process_waiting();
    const BackPressure& pressure = floor_->pressure;
    if (!pressure.is_blocked())
        for (const std::uint32_t slot : floor_->connections.ready_slots())
            if (Connection* connection = floor_->connections.at(slot)) read_client(*connection);
    // While few clients have input they get extra turns; with many, the event loop comes first.
    std::size_t turns = 0;
    while (!waiting_.empty() && !pressure.is_blocked() && (turns += waiting_.size()) <= turns_a_round)
        process_waiting();
    floor_->publisher.ring();
}

void Turns::process_waiting() {
    for (std::size_t turns = waiting_.size(); turns > 0 && !floor_->pressure.is_blocked(); --turns) {
        const SlotId client = waiting_.front();
        waiting_.pop_front();
        Connection* connection = floor_->connections.find(client);
        if (connection == nullptr || connection->stage != Stage::waiting) continue;
        connection->stage = Stage::open;
        process_lines(*connection);
    }
}

void Turns::wait(Connection& connection) {
    if (connection.stage != Stage::open) return;
    connection.stage = Stage::waiting;
    waiting_.push_back(connection.client);
}

void Turns::resume_paused() {
    if (floor_->pressure.is_blocked()) return;
    for (const SlotId client : waiting_lines_.take_with_room()) wait_for_turn(client);
    for (const SlotId client : pauses_.take_resumed())
        if (Connection* connection = floor_->connections.find(client)) process_lines(*connection);
    floor_->publisher.ring();
}

void Turns::read_client(Connection& connection) {
    Connections& connections = floor_->connections;
    // Nobody will read the answer: the line gets none, and the lines after it are processed as usual.
    if (connection.stage == Stage::asking) {
        connections.end_input(connection, Input::broken, LeaveReason::lost);
        waiting_lines_.give_up(connection);
        wait(connection);
    }
    if (connection.stage != Stage::open || connection.input != Input::open) return;
    switch (connection.inbox.fill(connection.fd.get())) {
        case Inbox::Fill::some:
            connection.active_at = steady_clock();
            if (floor_->config.lines_per_second > 0 && connection.inbox.is_skipping())
                pauses_.count_excess(connection, excess_of_a_piece, connection.active_at);
            break;
        case Inbox::Fill::nothing:
            break;
        case Inbox::Fill::end:
            connections.end_input(connection, Input::ended, LeaveReason::lost);
            break;
        case Inbox::Fill::timed_out:
            connections.end_input(connection, Input::broken, LeaveReason::timeout);
            break;
        case Inbox::Fill::broken:
            connections.end_input(connection, Input::broken, LeaveReason::lost);
            break;
        case Inbox::Fill::no_memory:
            floor_->pressure.block("memory-trouble", "shared memory is full");
            return;
    }
    process_lines(connection);
}

void Turns::process_lines(Connection& connection) {
    // One look at the clocks per turn: a turn takes about ten microseconds.
    const Moment now{wall_clock(), steady_clock()};
    for (int i = 0; i < lines_a_turn; ++i) {
        if (connection.stage != Stage::open) return;
        if (!floor_->publisher.has_room()) {
            floor_->pressure.block();
            wait(connection);
            return;
        }
        auto line = connection.inbox.next_line();
        const int blank = connection.inbox.take_blank_lines();
        if (floor_->config.lines_per_second > 0 && blank >= blank_lines_of_excess)
            pauses_.count_excess(connection, blank / blank_lines_of_excess, now.steady);
        if (!line) {
            if (connection.end_reason != LeaveReason::none)
                departures_->leave(connection.client, connection.end_reason, connection.input == Input::broken);
            return;
        }
        if (connection.stage != Stage::open) return;  // paused: the line stays in the inbox
        LineAttempt attempt(floor_->segment.slots()[connection.client.slot]);
        const bool has_answered = process_line(connection, *line, now, attempt.is_deadly());
        attempt.end(has_answered);
        if (!has_answered && std::exchange(connection.awaits_more, false)) return;
    }
    wait(connection);
}

bool Turns::process_line(Connection& connection, Inbox::Line& line, const Moment& now, bool is_deadly) {
    const SlotId client = connection.client;
    auto reply = is_deadly ? skip_deadly(connection, line) : reply_to(connection, line, now);
    if (!reply) return false;
    if (!floor_->publisher.may_publish(reply->draft.kind()))
        reply->draft = Draft::refusal(ErrorCode::busy, "The server is being upgraded; try again in a moment");
    const Sessions& sessions = floor_->tables.sessions;
    const ClientRow& row = sessions.row(client.slot);
    TagTexts tags;
    const Record record = record_of(*reply, line, client, row, now.wall, tags);
    const bool is_renaming = record.kind == RecordKind::renamed || record.kind == RecordKind::logged_in ||
                             record.kind == RecordKind::introduced;
    const std::string old_name = is_renaming ? std::string(row.name_view()) : std::string();
    const Position end = floor_->publish(record).end;
    if (reply->is_secret && record.sender_state != 0) connection.inbox.wipe(line);
    if (floor_->config.lines_per_second > 0)
        connection.rate.charge(reply->further_lines + further_cost(record), floor_->config.burst);
    connection.is_counted = record.sender_state == 0;
    connection.may_have_asked = connection.may_have_asked && connection.is_counted;
    if (reply->list_part > 0) {
        connection.lists_end = end;
        connection.has_received_kept = false;
        connection.list_debt += reply->list_part;
    }

    if (record.kind == RecordKind::departed) {
        departures_->after_departure(client);
        return true;
    }
    if (is_renaming && old_name != sessions.row(client.slot).name_view())
        journal_client("client-renamed", sessions.row(client.slot), "was " + old_name);
    if (record.kind == RecordKind::result) journal_result(record);
    const ClientRow& now_row = sessions.row(client.slot);
    if (!now_row.announced && !now_row.is_quiet && !now_row.is_unregistered && record.is_success())
        newcomers_->announce(client, now.wall);
    return true;
}

Reply Turns::refuse_unread(const Connection& connection, const Inbox::Line& line, Draft draft) {
    const DialectReader& spoken = reader_of(connection.dialect);
    const LineMarks marks = spoken.find_marks(line.text);
    return {
        .tag = marks.tag, .draft = std::move(draft), .is_secret = spoken.is_secret(line.text), .label = marks.label};
}

Reply Turns::skip_deadly(const Connection& connection, const Inbox::Line& line) {
    journal_deadly_line(floor_->tables.sessions.row(connection.client.slot), line.text.size());
    Reply reply = refuse_unread(
        connection, line,
        Draft::refusal(ErrorCode::internal_error, "The server failed repeatedly at this line and skipped it"));
    reply.is_secret = true;
    return reply;
}

Reading Turns::read(Connection& connection, Inbox::Line& line, const Moment& now) {
    const DialectReader& spoken = reader_of(connection.dialect);
    ReadContext context{&floor_->act_context, asker_of(connection, now),
                        connection.answer ? &*connection.answer : nullptr};
    Reading reading = spoken.read(line.text, context);
    if (reading.needs == Reading::Needs::nothing) return reading;
    context.following = connection.inbox.following(line, longest_continuation);
    // More than this is never looked at: what has no end by then has none.
    context.has_ended = connection.input != Input::open || context.following->size() == longest_continuation;
    reading = spoken.read(line.text, context);
    line.state_after += static_cast<std::uint64_t>(reading.following_used) << 1U;
    connection.awaits_more = reading.needs == Reading::Needs::more;
    return reading;
}

std::optional<Reply> Turns::reply_to(Connection& connection, Inbox::Line& line, const Moment& now) {
    // A line that waited was counted before.
    if (!connection.answer && !connection.is_counted &&
        !connection.rate.take(floor_->config.lines_per_second, floor_->config.burst, now.steady))
        return refuse_unread(connection, line, pauses_.refuse_too_fast(connection, now.steady));
    if (line.too_long)
        return refuse_unread(
            connection, line,
            Draft::refusal(ErrorCode::line_too_long,
                           "A line can have at most " + std::to_string(floor_->config.max_line) + " bytes"));
    CHAT_CRASH_LINE(line.text);
    Reading reading = read(connection, line, now);
    if (connection.awaits_more) {
        CHAT_CRASH_POINT("turns: a line waits for the next one");
        connection.is_counted = true;
        return std::nullopt;
    }
    const auto reply = [&](Draft draft, std::size_t part = 0, std::uint8_t next_step = 0) {
        return Reply{reading.tag,
                     std::move(draft),
                     part,
                     reading.is_secret,
                     next_step,
                     reading.label,
                     reading.message_tags,
                     reading.further_lines,
                     std::move(reading.joined)};
    };
    if (reading.question) {
        auto refusal = waiting_lines_.ask(connection, line, *reading.question, now.steady);
        return refusal ? std::optional(reply(*std::move(refusal))) : std::nullopt;
    }
    std::size_t part = reading.answer ? 0 : list_part_of(reading.act, floor_->act_context);
    if (reading.answer && reading.answer->kind() == RecordKind::help) part = largest_list_part;
    part = std::max(part, reading.list_part);
    if (connection.answer && !reading.answer) part = std::max(part, kept_size_of(*connection.answer));
    if (part > 0 && !waiting_lines_.has_room_for_list(connection, part)) {
        waiting_lines_.await_room(connection, part);
        return std::nullopt;
    }
    if (reading.answer) {
        if (!make_way_.before(reading, connection)) {
            wait_for_room(connection);
            return std::nullopt;
        }
        connection.answer.reset();
        return reply(*std::move(reading.answer), part, reading.next_step);
    }
    auto answer = std::exchange(connection.answer, std::nullopt);
    if (is_barred(floor_->act_context, floor_->tables.sessions.row(connection.client.slot)) &&
        !is_open_to_guests(reading.act))
        return reply(refuse_barred());
    if (answer) floor_->kept.learn(*answer);
    if (const auto question = question_of(reading.act, answer, floor_->act_context, asker_of(connection, now))) {
        connection.answer = answer;
        if (waiting_lines_.await_sessions(connection, question->after_sessions_of)) return std::nullopt;
        connection.answer.reset();
        auto refusal = waiting_lines_.ask(connection, line, *question, now.steady);
        return refusal ? std::optional(reply(*std::move(refusal), 0, reading.next_step)) : std::nullopt;
    }
    prepare(reading.act, connection.client, now);
    if (answer && !make_way_.before(reading.act, *answer, connection, now.wall)) {
        connection.answer = std::move(answer);
        wait_for_room(connection);
        return std::nullopt;
    }
    // Publishing may just have moved the row to its other copy: the asker is looked up again.
    return reply(perform(reading.act, answer, floor_->act_context, asker_of(connection, now)), part, reading.next_step);
}

Asker Turns::asker_of(const Connection& connection, const Moment& now) const noexcept {
    return {connection.client, &floor_->tables.sessions.row(connection.client.slot), now.wall, connection.predecessors};
}

void Turns::wait_for_room(Connection& connection) {
    floor_->pressure.block();
    wait(connection);
}

void Turns::resume_answered() {
    for (const SlotId client : waiting_lines_.take_answered()) wait_for_turn(client);
}

void Turns::wait_for_turn(SlotId client) {
    if (Connection* connection = floor_->connections.find(client)) wait(*connection);
}

// What has to be published before the answer to some acts.
void Turns::prepare(const Act& act, SlotId client, const Moment& now) {
    const bool leaves = std::holds_alternative<act::Quit>(act);
    if (!leaves && !std::holds_alternative<act::OfferFile>(act)) return;
    transfers_->offer_stored_files(floor_->tables.sessions.row(client.slot).session);
    // Leaving is a success like any other command: `offline` always follows `online`, except for those who are quiet.
    const ClientRow& row = floor_->tables.sessions.row(client.slot);
    if (leaves && !row.announced && !row.is_quiet && !row.is_unregistered) newcomers_->announce(client, now.wall);
}

void Turns::tick() {
    resume_answered();
    if (!floor_->pressure.is_blocked() || !floor_->publisher.has_room()) return;
    floor_->pressure.unblock();
    process_waiting();
}

void Turns::release_idle_memory() {
    const Microseconds now = steady_clock();
    for (std::uint32_t slot = 0; slot < floor_->connections.slot_count(); ++slot)
        if (Connection* connection = floor_->connections.at(slot);
            connection != nullptr && connection->stage != Stage::missing && now - connection->active_at > idle_time)
            connection->inbox.release_idle_memory();
}

}  // namespace chat
