// The way to chat-auth: its socket starts it when it does not run. Everything here belongs to the loop's thread and
// waits for nothing. A few connections, each with one call at a time; what else is to be asked waits in a bounded
// queue. If chat-auth dies during a call, the call is sent again: the key in it makes that harmless.
#pragma once

#include "chat-acceptor/questions/account_names.h"
#include "shared/system/clock.h"
#include "shared/system/event_loop.h"
#include "shared/system/secret.h"
#include "shared/system/unique_fd.h"
#include "shared/system/varlink.h"

#include <cstddef>
#include <deque>
#include <functional>
#include <initializer_list>
#include <list>
#include <optional>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

namespace chat {

class AuthClient {
  public:
    static constexpr std::size_t most_connections = 4;
    static constexpr std::size_t most_waiting = 128;

    // `path` of the socket; if there is no such socket now, there are no accounts as long as this process runs.
    AuthClient(EventLoop& loop, std::string path);

    // The answer's parameters; nullptr if there is none, because chat-auth is away, busy, or its database has failed.
    using Done = std::function<void(const Json* reply)>;
    struct Call {
        std::string_view method;  // without the interface
        Json parameters = Json::object();
        // Further parameters: only this class copies them, and it wipes its copies.
        std::initializer_list<std::pair<std::string_view, std::string_view>> secrets = {};
        bool names_change = false;  // the answer's `name` has been registered
        bool name_ends = false;     // the answer's `name` is free now
    };
    // `done` is called once, now or later. A call that is not on its way to chat-auth after some seconds is dropped;
    // one that is counts even if its answer comes late.
    void call(const Call& call, Done done);

    [[nodiscard]] const AccountNames& names() const noexcept { return names_; }
    // Loads the names unless that is under way, and calls back. False: there is no room for it.
    [[nodiscard]] bool when_loaded(std::function<void(bool loaded)> then);
    // Called whenever names may have gone.
    std::function<void()> on_names_changed;

  private:
    struct Pending {
        std::string method;
        Secret message;
        Done done;
        Microseconds due;  // steady time
        bool names_change;
        bool name_ends;
    };
    struct Line {
        UniqueFd fd = {};
        Pending call = {};
        std::size_t written = 0;
        varlink::MessageSplitter input{most_message};
        bool broken = false;
        EventLoop::Registration registration = {};
    };
    using Place = std::list<Line>::iterator;
    static constexpr std::size_t most_message = 1U << 20U;

    void send_waiting();
    void serve(Place line);
    void take_reply(Place line, std::string_view message);
    void follow_change(const Pending& call, const Json& reply);
    void load_names(const std::string& after);
    void take_names(const Json* reply, bool is_first);
    void finish_loading(bool loaded);
    void drop_overdue();
    void retry_later();

    EventLoop* loop_;
    std::string path_;
    AccountNames names_;
    AccountNames fresh_;                    // being loaded
    std::optional<std::uint64_t> changes_;  // that `names_` correspond to
    std::uint64_t fresh_changes_ = 0;
    std::uint64_t newest_changes_ = 0;  // of any answer
    bool loading_ = false;
    std::deque<Pending> waiting_;
    std::list<Line> lines_;
    std::vector<std::function<void(bool)>> waiting_for_names_;
    std::optional<EventLoop::Registration> retrying_;
};

}  // namespace chat
