// Typed lines on their way to the server: see outgoing.h.
#include "client/talk/outgoing.h"

#include "client/terminal/secret_words.h"
#include "shared/text/line.h"
#include "shared/text/text_rules.h"

#include <algorithm>
#include <iterator>
#include <utility>

namespace chat {

namespace {

bool is_message(const Outgoing::Line& line) {
    return line.is_action || line.is_of_paste || parse_client_line(line.typed).command.empty();
}

bool is_for_client(const Outgoing::Line& line) {
    return line.target.kind == Target::Kind::client && is_message(line);
}

// Its `too-fast` may be about wrong passwords or pages of history, and says how long to wait.
bool has_limit_of_its_own(const Request& request) {
    if (request.is_text) return false;
    const std::string_view command = parse_client_line(request.typed).command;
    return has_secret(request.typed) || equal_ignoring_case(command, "/certificate") ||
           equal_ignoring_case(command, "/history");
}

}  // namespace

void Outgoing::connected(Connection& connection, const std::vector<std::string>& first) {
    connection_ = &connection;
    for (const std::string& command : first) (void)ask(Asker::client, command);
    send_waiting();
}

void Outgoing::send_waiting() {
    while (!waiting_.empty() && !is_for_client(waiting_.front())) {
        send(waiting_.front());
        waiting_.pop_front();
    }
}

std::vector<std::string> Outgoing::checked(const std::function<bool(const Target&)>& is_there) {
    checking_ = false;
    std::vector<std::string> not_sent;
    for (const Line& line : std::exchange(waiting_, {})) {
        if (is_for_client(line) && !is_there(line.target)) {
            not_sent.push_back(line.typed);
        } else {
            send(line);
        }
    }
    return not_sent;
}

std::vector<Request> Outgoing::disconnected() {
    connection_ = nullptr;
    checking_ = false;
    turn_at_ = {};
    if (!std::exchange(turn_tag_, {}).empty()) turns_.pop_front();
    // What was typed meanwhile waits like anything else.
    const auto pasted =
        std::stable_partition(turns_.begin(), turns_.end(), [](const Line& line) { return !line.is_of_paste; });
    waiting_.insert(waiting_.begin(), std::make_move_iterator(turns_.begin()), std::make_move_iterator(pasted));
    turns_.erase(turns_.begin(), pasted);
    return requests_.take_all();
}

std::vector<std::string> Outgoing::give_up() {
    std::vector<std::string> lines;
    for (Line& line : waiting_) lines.push_back(std::move(line.typed));
    waiting_.clear();
    return lines;
}

bool Outgoing::say(Line line) {
    if (has_to_wait(line)) return wait(std::move(line));
    if (takes_turns())
        queue(std::move(line));
    else
        send(line);
    return true;
}

bool Outgoing::say_in_turn(Line line) {
    if (has_to_wait(line)) return wait(std::move(line));
    queue(std::move(line));
    take_turns();
    return true;
}

bool Outgoing::has_to_wait(const Line& line) const {
    return connection_ == nullptr || !waiting_.empty() || (checking_ && is_for_client(line));
}

bool Outgoing::wait(Line line) {
    if (waiting_.size() == max_waiting) return false;
    waiting_.push_back(std::move(line));
    return true;
}

// What is typed while a paste is on its way comes before the rest of it.
void Outgoing::queue(Line line) {
    auto place = turns_.end();
    if (!line.is_of_paste) {
        const auto next = turns_.begin() + (turn_tag_.empty() ? 0 : 1);
        place = std::find_if(next, turns_.end(), [](const Line& other) { return other.is_of_paste; });
    }
    turns_.insert(place, std::move(line));
}

int Outgoing::poll_timeout() const {
    return turns_.empty() ? -1 : milliseconds_until(turn_at_);
}

void Outgoing::take_turns() {
    if (connection_ == nullptr || turns_.empty() || (!turn_tag_.empty() && Clock::now() < turn_at_)) return;
    // A server that is slow to answer keeps the order all the same.
    if (!std::exchange(turn_tag_, {}).empty()) {
        turns_.pop_front();
    } else if (Clock::now() < turn_at_) {
        return;
    }
    if (turns_.empty()) return;
    turn_tag_ = send(turns_.front());
    turn_at_ = Clock::now() + patience;
}

std::size_t Outgoing::left_of_paste() const {
    return static_cast<std::size_t>(
        std::count_if(turns_.begin(), turns_.end(), [](const Line& line) { return line.is_of_paste; }));
}

std::size_t Outgoing::cancel_paste() {
    std::deque<Line> kept;
    // The first one may be on its way.
    if (!turn_tag_.empty()) {
        kept.push_back(std::move(turns_.front()));
        turns_.pop_front();
    }
    const std::size_t cancelled = left_of_paste();
    for (Line& line : turns_)
        if (!line.is_of_paste) kept.push_back(std::move(line));
    turns_ = std::move(kept);
    return cancelled;
}

std::string Outgoing::send(const Line& line) {
    // What was pasted is text, whatever it looks like.
    const ClientLine parsed = line.is_of_paste ? ClientLine{{}, {}, line.typed} : parse_client_line(line.typed);
    const bool is_text = is_message(line);
    const std::string tag = requests_.add({.tag = std::string(parsed.tag),
                                           .typed = line.typed,
                                           .is_text = is_text,
                                           .target = line.target,
                                           .is_action = line.is_action,
                                           .is_of_paste = line.is_of_paste});
    if (!parsed.tag.empty() || !is_text) {
        connection_->send(parsed.tag.empty() ? tagged(tag, line.typed) : line.typed);
    } else {
        connection_->send(
            tagged(tag, line.is_action ? line.target.action(parsed.text) : line.target.command(parsed.text)));
    }
    return tag;
}

std::optional<Request> Outgoing::answered(const ServerLine& line) {
    auto request = requests_.answered(line);
    if (!request || request->asker != Asker::person) return request;
    const bool is_in_turn = !turn_tag_.empty() && request->tag == turn_tag_;
    const bool is_too_fast = line.kind == "error" && line.value("code") == "too-fast";
    if (is_too_fast && repeats(*request, is_in_turn)) {
        request->is_repeated = true;
    } else if (is_in_turn) {
        turns_.pop_front();
        turn_at_ = {};
    }
    if (is_in_turn) turn_tag_.clear();
    take_turns();
    return request;
}

bool Outgoing::repeats(const Request& request, bool is_in_turn) {
    if (connection_ == nullptr || has_limit_of_its_own(request)) return false;
    if (is_in_turn ? ++turns_.front().attempts >= max_attempts : request.own_tag) return false;
    if (!is_in_turn) queue({request.typed, request.target, request.is_action, request.is_of_paste});
    if (is_in_turn || turn_tag_.empty()) turn_at_ = Clock::now() + pause_when_too_fast;
    return true;
}

std::string Outgoing::ask(Asker asker, std::string_view command) {
    if (connection_ == nullptr) return {};
    const std::string tag = requests_.add({.asker = asker, .typed = std::string(command)});
    connection_->send(tagged(tag, command));
    return tag;
}

bool Outgoing::has_room() const noexcept {
    return connection_ == nullptr || (connection_->has_room() && requests_.has_room());
}

}  // namespace chat
