// Typed lines on their way to the server: see outgoing.h.
#include "client/talk/outgoing.h"

#include "shared/text/line.h"

#include <utility>

namespace chat {

namespace {

bool is_for_client(std::string_view typed, const Target& target) {
    return target.kind == Target::Kind::client && parse_client_line(typed).command.empty();
}

}  // namespace

void Outgoing::connected(Connection& connection, const std::vector<std::string>& first) {
    connection_ = &connection;
    for (const std::string& command : first) (void)ask(Asker::client, command);
    send_waiting();
}

void Outgoing::send_waiting() {
    while (!waiting_.empty() && !is_for_client(waiting_.front().typed, waiting_.front().target)) {
        send(waiting_.front());
        waiting_.pop_front();
    }
}

std::vector<std::string> Outgoing::checked(const std::function<bool(const Target&)>& is_there) {
    checking_ = false;
    std::vector<std::string> not_sent;
    for (const Waiting& line : std::exchange(waiting_, {})) {
        if (is_for_client(line.typed, line.target) && !is_there(line.target)) {
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
    return requests_.take_all();
}

std::vector<std::string> Outgoing::give_up() {
    std::vector<std::string> lines;
    for (Waiting& line : waiting_) lines.push_back(std::move(line.typed));
    waiting_.clear();
    return lines;
}

bool Outgoing::say(const std::string& line, const Target& target) {
    const bool has_to_wait = !waiting_.empty() || (checking_ && is_for_client(line, target));
    if (connection_ != nullptr && !has_to_wait) {
        send({line, target});
        return true;
    }
    if (waiting_.size() == max_waiting) return false;
    waiting_.push_back({line, target});
    return true;
}

void Outgoing::send(const Waiting& line) {
    const auto [tag, command, text] = parse_client_line(line.typed);
    if (!tag.empty()) {
        (void)requests_.add(Asker::person, line.typed, false, tag);
        connection_->send(line.typed);
    } else if (!command.empty()) {
        connection_->send(tagged(requests_.add(Asker::person, line.typed, false), line.typed));
    } else {
        connection_->send(
            tagged(requests_.add(Asker::person, line.typed, true, {}, line.target), line.target.command(text)));
    }
}

std::string Outgoing::ask(Asker asker, std::string_view command) {
    if (connection_ == nullptr) return {};
    std::string tag = requests_.add(asker, std::string(command), false);
    connection_->send(tagged(tag, command));
    return tag;
}

bool Outgoing::has_room() const noexcept {
    return connection_ == nullptr || (connection_->has_room() && requests_.has_room());
}

}  // namespace chat
