// Calls, connections, and the copy of the names.
#include "chat-acceptor/questions/auth_client.h"

#include "chat-acceptor/questions/auth_message.h"
#include "shared/system/crash_point.h"
#include "shared/system/random.h"

#include <sys/epoll.h>
#include <sys/socket.h>
#include <sys/un.h>
#include <unistd.h>

#include <algorithm>
#include <array>
#include <cerrno>
#include <cstring>
#include <span>

namespace chat {
namespace {

constexpr std::chrono::milliseconds retry_interval{20};
constexpr std::chrono::milliseconds pause_before_loading{1000};

UniqueFd connect_to(const std::string& path) {
    sockaddr_un address{};
    if (path.size() >= sizeof address.sun_path) return UniqueFd();
    UniqueFd socket(::socket(AF_UNIX, SOCK_STREAM | SOCK_NONBLOCK | SOCK_CLOEXEC, 0));
    address.sun_family = AF_UNIX;
    std::memcpy(address.sun_path, path.c_str(), path.size() + 1);
    if (!socket || ::connect(socket.get(), reinterpret_cast<const sockaddr*>(&address), sizeof address) != 0)
        return UniqueFd();
    return socket;
}

}  // namespace

AuthClient::AuthClient(EventLoop& loop, std::string path) : loop_(&loop), path_(std::move(path)) {
    names_.are_available = !path_.empty() && ::access(path_.c_str(), F_OK) == 0;
    fill_random(std::as_writable_bytes(std::span(&id_, 1)));
    id_ >>= 1U;
}

void AuthClient::add_key(Json& parameters) {
    parameters.set("segment", id_);
    parameters.set("session", 0);
    parameters.set("position", ++last_key_);
}

void AuthClient::call(const Call& call, Done done) {
    auto& waiting = waiting_[call.slow ? 1 : 0];
    if (!names_.are_available || waiting.size() >= most_waiting) {
        done(nullptr);
        return;
    }
    const Microseconds due = steady_clock() + call_timeout;
    waiting.push_back({.method = std::string(call.method),
                       .message = encode_auth_call(call, due),
                       .done = std::move(done),
                       .due = due,
                       .slow = call.slow,
                       .names_change = call.names_change,
                       .name_ends = call.name_ends,
                       .again = call.again,
                       .sent = call.again});
    send_waiting();
}

// Where the call is that comes next, if there is a connection for it.
std::deque<AuthClient::Pending>* AuthClient::next_waiting() {
    if (lines_.size() >= most_connections) return nullptr;
    if (!waiting_[0].empty()) return &waiting_[0];
    const auto slow = std::count_if(lines_.begin(), lines_.end(), [](const Line& line) { return line.call.slow; });
    return waiting_[1].empty() || std::cmp_greater_equal(slow, most_connections - 1) ? nullptr : &waiting_[1];
}

void AuthClient::send_waiting() {
    while (auto* waiting = next_waiting()) {
        UniqueFd fd = connect_to(path_);
        if (!fd) break;
        Pending next = std::move(waiting->front());
        waiting->pop_front();
        lines_.push_back({.fd = std::move(fd), .call = std::move(next)});
        const auto line = std::prev(lines_.end());
        CHAT_CRASH_POINT("auth client: connected");
        line->registration =
            loop_->watch(line->fd.get(), EPOLLIN | EPOLLOUT, [this, line](std::uint32_t) { serve(line); });
    }
    if (is_anyone_waiting()) retry_later();
}

void AuthClient::retry_later() {
    if (retrying_) return;
    retrying_ = loop_->every(retry_interval, [this] {
        drop_overdue();
        if (is_anyone_waiting())
            send_waiting();
        else
            retrying_.reset();
    });
}

void AuthClient::drop_overdue() {
    const Microseconds now = steady_clock();
    std::vector<Done> dropped;
    for (auto& waiting : waiting_)
        std::erase_if(waiting, [&](Pending& call) {
            if (call.due + (call.sent ? answer_timeout - call_timeout : 0) > now) return false;
            dropped.push_back(std::move(call.done));
            return true;
        });
    for (const Done& done : dropped) done(nullptr);
}

void AuthClient::serve(Place line) {
    const std::string_view message = line->call.message.view();
    while (line->written < message.size()) {
        const ssize_t size = ::send(line->fd.get(), message.data() + line->written, message.size() - line->written,
                                    MSG_NOSIGNAL | MSG_DONTWAIT);
        if (size < 0 && errno == EINTR) continue;
        if (size < 0) {
            if (errno != EAGAIN) line->broken = true;
            break;
        }
        line->written += static_cast<std::size_t>(size);
        if (line->written == message.size()) {
            line->call.sent = true;
            CHAT_CRASH_POINT("auth client: call sent");
            line->registration = {};
            line->registration = loop_->watch(line->fd.get(), EPOLLIN, [this, line](std::uint32_t) { serve(line); });
        }
    }
    std::array<char, 16'384> bytes;
    const ssize_t size = ::recv(line->fd.get(), bytes.data(), bytes.size(), MSG_DONTWAIT);
    if (size > 0) {
        line->input.add({bytes.data(), static_cast<std::size_t>(size)});
        wipe(bytes.data(), static_cast<std::size_t>(size));
        if (const auto reply = line->input.next()) {
            take_reply(line, *reply);
            return;
        }
        if (line->input.is_overlong()) line->broken = true;
    } else if (size == 0 || (errno != EAGAIN && errno != EINTR)) {
        line->broken = true;
    }
    if (!line->broken) return;
    // It died. The call is sent again, first of all, to the next process.
    line->call.again = line->call.again || line->call.sent;
    waiting_[line->call.slow ? 1 : 0].push_front(std::move(line->call));
    lines_.erase(line);
    retry_later();
}

void AuthClient::take_reply(Place line, std::string_view message) {
    CHAT_CRASH_POINT("auth client: answered");
    const auto reply = varlink::parse_reply(message);
    Pending call = std::move(line->call);
    lines_.erase(line);
    const bool is_answer = reply && reply->error.empty();
    if (!is_answer && call.again) {
        // It was not performed now, but it may have been before.
        waiting_[call.slow ? 1 : 0].push_front(std::move(call));
        return retry_later();
    }
    if (is_answer) follow_change(call, reply->parameters);
    call.done(is_answer ? &reply->parameters : nullptr);
    send_waiting();
}

// The names are loaded again if they have changed in a way that this answer does not explain. Until then they are not
// used: the answer may be an old one that chat-auth has repeated.
void AuthClient::follow_change(const Pending& call, const Json& reply) {
    if (call.method == "Names") return;
    const std::uint64_t changes = reply["changes"].natural();
    newest_changes_ = std::max(newest_changes_, changes);
    const bool is_new = call.names_change && !names_.holds(reply["name"].text(), reply["account"].natural());
    const bool changed = reply["outcome"].text() == "ok" && (is_new || call.name_ends);
    if (changes_ && changes == *changes_) return;
    if (!changed || !changes_ || changes != *changes_ + 1) {
        changes_.reset();
        names_.are_loaded = false;
        keep_loading();
        return;
    }
    if (is_new)
        names_.set(reply["name"].text(), {reply["account"].natural(), false});
    else
        names_.remove(reply["name"].text());
    changes_ = changes;
    if (on_names_changed) on_names_changed();
}

void AuthClient::load_names(const std::string& after) {
    const bool is_first = after.empty();
    if (is_first && std::exchange(loading_, true)) return;
    if (is_first) {
        fresh_.clear();
        newest_before_ = newest_changes_;
    }
    call({.method = "Names", .parameters = is_first ? Json::object() : Json{{"after", after}}, .only_reads = true},
         [this, is_first](const Json* reply) { take_names(reply, is_first); });
}

void AuthClient::take_names(const Json* reply, bool is_first) {
    if (reply == nullptr) return finish_loading(false);
    const std::uint64_t changes = (*reply)["changes"].natural();
    if (is_first) fresh_changes_ = changes;
    // A count that has gone back since loading began is that of another database: an earlier one was restored.
    if (changes < newest_changes_ && newest_changes_ == newest_before_) newest_changes_ = changes;
    if (changes != fresh_changes_ || changes < newest_changes_) {
        loading_ = false;
        load_names({});
        return;
    }
    for (const Json& row : (*reply)["rows"].items())
        fresh_.set(row["name"].text(), {row["account"].natural(), row["disabled"].boolean()});
    if ((*reply)["more"].boolean() && !(*reply)["rows"].empty()) {
        load_names((*reply)["rows"].items().back()["name"].text());
        return;
    }
    finish_loading(true);
}

void AuthClient::finish_loading(bool loaded) {
    loading_ = false;
    if (loaded) {
        must_load_ = false;
        fresh_.are_available = fresh_.are_loaded = true;
        names_ = std::exchange(fresh_, {});
        changes_ = fresh_changes_;
        if (on_names_changed) on_names_changed();
    }
    for (const auto& then : std::exchange(waiting_for_names_, {})) then(loaded);
    if (must_load_)
        loading_later_ = loop_->every(pause_before_loading, [this] {
            loading_later_.reset();
            load_names({});
        });
}

void AuthClient::keep_loading() {
    must_load_ = names_.are_available;
    load_names({});
}

void AuthClient::when_loaded(std::function<void(bool loaded)> then) {
    waiting_for_names_.push_back(std::move(then));
    load_names({});
}

}  // namespace chat
