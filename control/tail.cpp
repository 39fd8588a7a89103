// Following events and resuming after a lost connection: asks the server for everything after the last event shown.
#include "control/tail.h"

#include "control/asking.h"
#include "control/exit_status.h"
#include "control/server.h"
#include "control/show.h"

#include <algorithm>
#include <chrono>
#include <cstdio>

namespace chat {
namespace {

class Follower {
  public:
    explicit Follower(const Arguments& arguments) : arguments_(&arguments) {}

    // Shows events until the connection ends (then it throws) or no more are to be shown.
    void follow() {
        if (is_over()) return;
        Server server(arguments_->socket, arguments_->timeout);
        was_connected_ = true;
        server.send(call_of("Follow", {{goes_on_ ? "after" : "last", goes_on_ ? known_ : arguments_->last}}, true));
        while (!is_over()) {
            const auto reply = server.receive_some_time();
            if (!reply) return;
            if (!reply->error.empty()) fail_for(*reply);
            take(reply->parameters);
            if (!reply->continues) throw Failure(exit_lost, "the server ended the stream of events");
        }
    }

    // Was there a server at all? It may have died before it sent anything.
    [[nodiscard]] bool was_connected() const noexcept { return was_connected_; }
    [[nodiscard]] bool is_over() const noexcept {
        return was_stopped() || (arguments_->count && shown_ >= *arguments_->count);
    }

    // Something arrived since the last call.
    [[nodiscard]] bool has_news() noexcept { return std::exchange(news_, false); }

  private:
    void take(const Json& parameters) {
        news_ = true;
        if (const Json& number = parameters["number"]; number.is_natural() && !goes_on_) know(number.natural());
        const Json& event = parameters["event"];
        if (!event.is_object()) return;
        if (const Json& own = event["number"]; own.is_natural()) know(own.natural());
        print(arguments_->json ? event.dump() + '\n' : event_text(event));
        ++shown_;
    }

    void know(std::uint64_t number) noexcept {
        goes_on_ = true;
        known_ = number;
    }

    const Arguments* arguments_;
    bool goes_on_ = false;     // resumed at the event after `known_`
    std::uint64_t known_ = 0;  // number of the last event
    std::uint64_t shown_ = 0;
    bool news_ = false;
    bool was_connected_ = false;
};

}  // namespace

int follow_events(const Arguments& arguments) {
    using namespace std::chrono;
    constexpr milliseconds shortest_pause{20};
    constexpr milliseconds longest_pause{500};
    stop_at_signals();
    Follower follower(arguments);
    auto pause = shortest_pause;
    auto until = steady_clock::now() + arguments.timeout;
    while (!follower.is_over()) {
        try {
            follower.follow();
        } catch (const Failure& failure) {
            const bool may_pass = failure.exit_status() == exit_lost || failure.exit_status() == exit_no_server;
            if (!may_pass || !follower.was_connected()) throw;
            if (follower.has_news()) {
                std::fprintf(stderr, "chatctl: %s; reconnecting\n", failure.what());
                until = steady_clock::now() + arguments.timeout;
                pause = shortest_pause;
            } else if (steady_clock::now() > until) {
                throw;
            }
            sleep_unless_stopped(pause);
            pause = std::min(longest_pause, pause * 2);
        }
    }
    return exit_done;
}

}  // namespace chat
