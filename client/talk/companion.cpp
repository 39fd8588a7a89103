// All companions of a chat: see companion.h.
#include "client/talk/companion.h"

#include "client/net/deadline.h"
#include "shared/text/text_rules.h"

#include <algorithm>

namespace chat {

std::vector<OwnCommand> Companions::commands() const {
    std::vector<OwnCommand> own;
    for (const auto& companion : all_)
        own.insert(own.end(), companion->commands().begin(), companion->commands().end());
    return own;
}

Companion* Companions::owner_of(std::string_view command) const {
    for (const auto& companion : all_) {
        for (const OwnCommand& own : companion->commands()) {
            if (equal_ignoring_case(own.name, command)) return companion.get();
        }
    }
    return nullptr;
}

bool Companions::received(Host& host, const ServerLine& line) {
    return std::any_of(all_.begin(), all_.end(),
                       [&](const auto& companion) { return companion->received(host, line); });
}

void Companions::connection_lost(Host& host) {
    for (const auto& companion : all_) companion->connection_lost(host);
}

void Companions::wait_for(std::vector<pollfd>& waiting) {
    for (const auto& companion : all_) companion->wait_for(waiting);
}

int Companions::poll_timeout() const {
    int timeout = -1;
    for (const auto& companion : all_) timeout = earlier_timeout(timeout, companion->poll_timeout());
    return timeout;
}

std::vector<std::string> Companions::in_progress() const {
    std::vector<std::string> words;
    for (const auto& companion : all_)
        for (std::string& one : companion->in_progress()) words.push_back(std::move(one));
    return words;
}

void Companions::work(Host& host) {
    for (const auto& companion : all_) companion->work(host);
}

}  // namespace chat
