// Typed lines on their way to the server: see outgoing.h.
#include "client/talk/outgoing.h"

#include "shared/text/line.h"

#include <utility>

namespace chat {

void Outgoing::connected(Connection& connection, const std::vector<std::string>& first) {
    connection_ = &connection;
    for (const std::string& command : first) (void)ask(Asker::client, command);
    for (const Waiting& line : std::exchange(waiting_, {})) send(line);
}

std::vector<Request> Outgoing::disconnected() {
    connection_ = nullptr;
    return requests_.take_all();
}

std::vector<std::string> Outgoing::give_up() {
    std::vector<std::string> lines;
    for (Waiting& line : waiting_) lines.push_back(std::move(line.typed));
    waiting_.clear();
    return lines;
}

bool Outgoing::say(const std::string& line) {
    if (connection_ != nullptr) {
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
        connection_->send(tagged(requests_.add(Asker::person, line.typed, true), line.target.command(text)));
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
