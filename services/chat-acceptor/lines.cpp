// From bytes to a record: reading clients and dealing with their lines, in order and in turn.
#include "chat-acceptor/acceptor.h"
#include "shared/journal.h"
#include "shared/line.h"
#include "shared/text_rules.h"

#include <utility>

namespace chat {
namespace {

constexpr int lines_a_turn = 64;
constexpr std::size_t turns_a_round = 8;  // beyond the first of each client
// What is beyond a client's rate is answered at a pace that costs the others nothing: so many lines in so long; a piece
// of a line that is being skipped counts as some.
constexpr int most_excess = 32;
constexpr int excess_of_a_piece = 4;
constexpr Microseconds excess_window = 10'000;
constexpr Microseconds note_pause = 1'000'000;  // a client that is too fast is noted in the log so often

}  // namespace

void Acceptor::read_clients() {
    catch_up_with_log();
    deal_with_waiting();
    if (!blocked_)
        for (const std::uint32_t slot : connections_.ready_slots())
            if (Connection* connection = connections_.at(slot)) read_client(*connection);
    // A few who have much to say get more turns at once; with many of them the loop has its say in between.
    std::size_t turns = 0;
    while (!waiting_.empty() && !blocked_ && (turns += waiting_.size()) <= turns_a_round) deal_with_waiting();
    publisher_.ring();
}

void Acceptor::deal_with_waiting() {
    for (std::size_t turns = waiting_.size(); turns > 0 && !blocked_; --turns) {
        const SlotId client = waiting_.front();
        waiting_.pop_front();
        if (Connection* connection = connections_.find(client)) {
            connection->waiting = false;
            deal_with_lines(*connection);
        }
    }
}

void Acceptor::count_excess(Connection& connection, int lines, Microseconds now) {
    if (now - connection.excess_since > excess_window) {
        connection.excess = 0;
        connection.excess_since = now;
    }
    connection.excess += lines;
    if (connection.excess < most_excess || connection.paused) return;
    connection.excess = 0;
    connections_.pause(connection);
    paused_.push_back(connection.client);
}

void Acceptor::resume_paused() {
    if (blocked_) return;
    for (const SlotId client : std::exchange(paused_, {})) {
        Connection* connection = connections_.find(client);
        if (connection == nullptr) continue;
        connections_.resume(*connection);
        deal_with_lines(*connection);
    }
    publisher_.ring();
}

void Acceptor::wait_for_lines(Connection& connection) {
    if (connection.waiting) return;
    connection.waiting = true;
    waiting_.push_back(connection.client);
}

void Acceptor::read_client(Connection& connection) {
    if (connection.waiting || connection.paused || !connection.reading) return;
    const auto end = [&](LeaveReason reason, bool broken) {
        connections_.stop_reading(connection);
        connection.stream_ended = true;
        connection.broken = broken;
        connection.end_reason = reason;
    };
    switch (connection.inbox.fill(connection.fd.get())) {
        case Inbox::Fill::some:
            connection.active_at = steady_clock();
            if (config_.lines_per_second > 0 && connection.inbox.is_skipping())
                count_excess(connection, excess_of_a_piece, connection.active_at);
            break;
        case Inbox::Fill::nothing:
            break;
        case Inbox::Fill::end:
            end(LeaveReason::lost, false);
            break;
        case Inbox::Fill::timed_out:
            end(LeaveReason::timeout, true);
            break;
        case Inbox::Fill::broken:
            end(LeaveReason::lost, true);
            break;
        case Inbox::Fill::no_memory:
            complain("memory-trouble", "shared memory is full");
            blocked_ = true;
            return;
    }
    deal_with_lines(connection);
}

void Acceptor::deal_with_lines(Connection& connection) {
    // One look at the clocks a turn: a turn takes some ten microseconds.
    const Moment now{wall_clock(), steady_clock()};
    for (int i = 0; i < lines_a_turn; ++i) {
        if (connection.left || connection.paused) return;
        if (!publisher_.has_room()) {
            blocked_ = true;
            wait_for_lines(connection);
            return;
        }
        const auto line = connection.inbox.next_line();
        if (!line) {
            if (connection.end_reason != LeaveReason::none)
                leave(connection.client, connection.end_reason, connection.broken);
            return;
        }
        deal_with_line(connection, *line, now);
    }
    wait_for_lines(connection);
}

void Acceptor::deal_with_line(Connection& connection, const Inbox::Line& line, const Moment& now) {
    const SlotId client = connection.client;
    std::string_view tag;
    Record record = answer_line(connection, line, now, tag);
    if (!publisher_.may_publish(record.kind))
        record = refuse(context_, ErrorCode::busy, "The server is being upgraded, try again in a moment");
    const ClientRow& row = sessions_.row(client.slot);
    record.sender = client;
    record.sender_id = row.client_id;
    record.sender_state = line.state_after;
    record.session = row.session;
    record.tag = tag;
    record.at = now.wall;
    if (record.name.empty()) record.name = row.name_view();
    const std::string old_name = record.kind == RecordKind::renamed ? std::string(row.name_view()) : std::string();
    publish(record);

    if (record.kind == RecordKind::departed) {
        after_departure(client);
        return;
    }
    if (record.kind == RecordKind::renamed)
        journal_client("client-renamed", sessions_.row(client.slot), "was " + old_name);
    if (record.kind == RecordKind::result) journal_result(record);
    if (!sessions_.row(client.slot).announced && record.is_success()) announce(client, now.wall);
}

Record Acceptor::answer_line(Connection& connection, const Inbox::Line& line, const Moment& now,
                             std::string_view& tag) {
    const Request base{connection.client, &sessions_.row(connection.client.slot), {}, now.wall};
    tag = find_tag(line.text);
    if (!connection.rate.take(config_.lines_per_second, config_.burst, now.steady)) {
        count_excess(connection, 1, now.steady);
        Record record = refuse(context_, ErrorCode::too_fast,
                               "Too fast: at most " + std::to_string(config_.lines_per_second) +
                                   " lines a second; this line was not acted on");
        if ((connection.noted_fast_at == 0 || now.steady - connection.noted_fast_at > note_pause) &&
            may_note(now.steady)) {
            record.flags |= record_flag::noted;
            connection.noted_fast_at = now.steady;
        }
        return record;
    }
    if (line.too_long)
        return refuse(context_, ErrorCode::line_too_long,
                      "A line may have " + std::to_string(config_.max_line) + " bytes at most");
    if (!is_clean_text(line.text))
        return refuse(context_, ErrorCode::bad_text, "Lines are UTF-8 without control characters");

    const ClientLine parsed = parse_client_line(line.text);
    Request request = base;
    request.text = parsed.text;
    if (parsed.command.empty()) return say_in_lobby(context_, request);
    const Command* command = find_command(parsed.command);
    if (command == nullptr)
        return refuse(context_, ErrorCode::unknown_command,
                      "There is no command " + std::string(parsed.command) + "; /help lists the commands");
    if (command->ends_session || command->handler == handle_sendfile) offer_stored_files(request.row->session);
    // To leave is a success like any other, and who was never there cannot leave.
    if (command->ends_session && !request.row->announced) announce(connection.client, now.wall);
    request.row = &sessions_.row(connection.client.slot);
    return run_command(*command, context_, request);
}

}  // namespace chat
