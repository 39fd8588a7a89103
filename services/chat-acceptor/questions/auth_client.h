// The way to chat-auth: its socket starts it when it does not run. Everything here belongs to the loop's thread and
// waits for nothing. A few connections, each with one call at a time; what else is to be asked waits in a bounded
// queue. If chat-auth dies during a call, the call is sent again: the key in it makes that harmless.
//
// Slow calls, for which chat-auth has to compute a hash, never take the last connection, and the others overtake them.
#pragma once

#include "chat-acceptor/questions/account_names.h"
#include "chat-acceptor/questions/auth_message.h"
#include "shared/system/clock.h"
#include "shared/system/event_loop.h"
#include "shared/system/secret.h"
#include "shared/system/unique_fd.h"
#include "shared/system/varlink.h"

#include <array>
#include <cstddef>
#include <deque>
#include <functional>
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
    static constexpr std::size_t most_waiting = 128;  // of each of the two sorts
    // How long a call may wait, in chat-auth too, which does nothing for one that is late. So whoever has no answer for
    // some time after this knows that nothing was done.
    static constexpr Microseconds call_timeout = 5'000'000;
    static constexpr Microseconds answer_timeout = 30'000'000;

    // `path` of the socket; if there is no such socket now, there are no accounts as long as this process runs.
    AuthClient(EventLoop& loop, std::string path);

    // The answer's parameters; nullptr if there is none, because chat-auth is away, busy, or its database has failed.
    using Done = std::function<void(const Json* reply)>;
    using Call = AuthCall;
    // Parameters that make a call repeatable, as a line's position does for a client's.
    void add_key(Json& parameters);
    // `done` is called once, now or later. A call that chat-auth has not begun within `call_timeout` is dropped; for
    // the answer to one that may have been begun, it takes until `answer_timeout`.
    void call(const Call& call, Done done);

    [[nodiscard]] const AccountNames& names() const noexcept { return names_; }
    // Loads the names unless that is under way, and calls back. Whoever asks bounds how many wait.
    void when_loaded(std::function<void(bool loaded)> then);
    // Loads the names even if nobody waits for them, again and again until that succeeds.
    void keep_loading();
    // Called whenever names may have gone.
    std::function<void()> on_names_changed;

  private:
    struct Pending {
        std::string method;
        Secret message;
        Done done;
        Microseconds due;  // steady time
        bool slow;
        bool names_change;
        bool name_ends;
        bool again;
        bool sent = false;  // all of it, to a process that may have performed it
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
    [[nodiscard]] std::deque<Pending>* next_waiting();
    [[nodiscard]] bool is_anyone_waiting() const noexcept { return !waiting_[0].empty() || !waiting_[1].empty(); }
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
    std::optional<std::uint64_t> changes_;  // that `names_` correspond to, if they are loaded
    std::uint64_t fresh_changes_ = 0;
    std::uint64_t newest_changes_ = 0;  // of any answer
    std::uint64_t newest_before_ = 0;   // the same when loading began
    std::uint64_t id_;                  // of this process, random; 63 bits
    std::uint64_t last_key_ = 0;
    bool loading_ = false;
    bool must_load_ = false;
    std::array<std::deque<Pending>, 2> waiting_;  // the quick calls, the slow ones
    std::list<Line> lines_;
    std::vector<std::function<void(bool)>> waiting_for_names_;
    std::optional<EventLoop::Registration> retrying_;
    std::optional<EventLoop::Registration> loading_later_;
};

}  // namespace chat
