// sd-event behind RAII handles; exceptions are carried across its C frames.
#include "shared/system/event_loop.h"

#include <signal.h>
#include <systemd/sd-event.h>

#include <exception>
#include <system_error>
#include <utility>
#include <vector>

namespace chat {
namespace {

int check(int result, const char* what) {
    if (result < 0) throw std::system_error(-result, std::generic_category(), what);
    return result;
}

}  // namespace

struct EventLoop::Registration::Source : std::enable_shared_from_this<Source> {
    EventLoop* loop = nullptr;
    std::vector<sd_event_source*> sources;
    std::function<void(std::uint32_t)> on_events;
    std::function<void()> on_time;
    std::function<void(int)> on_signal;
    std::uint64_t interval = 0;

    Source() = default;
    Source(const Source&) = delete;
    Source& operator=(const Source&) = delete;
    ~Source() { drop(); }

    void drop() noexcept {
        for (sd_event_source* source : sources) sd_event_source_disable_unref(source);
        sources.clear();
    }

    // There is a C frame between the callback and run(): the loop holds the exception until it has returned.
    template <typename Call>
    int guarded(Call call) {
        const auto alive = shared_from_this();  // the callback may destroy its own registration
        try {
            call();
            if (loop->after_each_) loop->after_each_();
        } catch (...) {
            loop->failure_ = std::current_exception();
            sd_event_exit(loop->event_, 1);
        }
        return 0;
    }
};

// Immediately, even inside the callback: the descriptor's number may be reused before the callback ends.
EventLoop::Registration::~Registration() {
    if (source_) source_->drop();
}

EventLoop::Registration& EventLoop::Registration::operator=(Registration&& other) noexcept {
    if (source_) source_->drop();
    source_ = std::move(other.source_);
    return *this;
}

EventLoop::EventLoop() {
    check(sd_event_new(&event_), "creating the event loop");
}
EventLoop::~EventLoop() {
    sd_event_unref(event_);
}

EventLoop::Registration EventLoop::watch(int fd, std::uint32_t events, std::function<void(std::uint32_t)> callback) {
    using Source = Registration::Source;
    auto source = std::make_shared<Source>();
    source->loop = this;
    source->on_events = std::move(callback);
    source->sources.push_back(nullptr);
    const auto handler = [](sd_event_source*, int, std::uint32_t came, void* data) {
        auto* self = static_cast<Source*>(data);
        return self->guarded([&] { self->on_events(came); });
    };
    check(sd_event_add_io(event_, &source->sources.back(), fd, events, handler, source.get()), "watching a descriptor");
    return Registration(std::move(source));
}

EventLoop::Registration EventLoop::every(std::chrono::milliseconds interval, std::function<void()> callback) {
    using Source = Registration::Source;
    auto source = std::make_shared<Source>();
    source->loop = this;
    source->on_time = std::move(callback);
    source->interval = static_cast<std::uint64_t>(std::chrono::microseconds(interval).count());
    source->sources.push_back(nullptr);
    const auto handler = [](sd_event_source* timer, std::uint64_t, void* data) {
        auto* self = static_cast<Source*>(data);
        return self->guarded([&] {
            check(sd_event_source_set_time_relative(timer, self->interval), "setting a timer");
            check(sd_event_source_set_enabled(timer, SD_EVENT_ONESHOT), "setting a timer");
            self->on_time();
        });
    };
    check(sd_event_add_time_relative(event_, &source->sources.back(), CLOCK_MONOTONIC, source->interval, 1000, handler,
                                     source.get()),
          "creating a timer");
    return Registration(std::move(source));
}

EventLoop::Registration EventLoop::on_signals(std::initializer_list<int> signals, std::function<void(int)> callback) {
    using Source = Registration::Source;
    auto source = std::make_shared<Source>();
    source->loop = this;
    source->on_signal = std::move(callback);
    sigset_t set;
    sigemptyset(&set);
    for (const int signal : signals) sigaddset(&set, signal);
    if (const int error = ::pthread_sigmask(SIG_BLOCK, &set, nullptr); error != 0)
        throw std::system_error(error, std::generic_category(), "blocking signals");
    const auto handler = [](sd_event_source*, const signalfd_siginfo* info, void* data) {
        auto* self = static_cast<Source*>(data);
        return self->guarded([&] { self->on_signal(static_cast<int>(info->ssi_signo)); });
    };
    for (const int signal : signals) {
        source->sources.push_back(nullptr);
        check(sd_event_add_signal(event_, &source->sources.back(), signal, handler, source.get()), "handling a signal");
    }
    return Registration(std::move(source));
}

void EventLoop::serve_watchdog() {
    check(sd_event_set_watchdog(event_, 1), "serving the watchdog");
}

void EventLoop::run() {
    check(sd_event_loop(event_), "running the event loop");
    if (failure_) std::rethrow_exception(std::exchange(failure_, nullptr));
}

void EventLoop::stop() {
    check(sd_event_exit(event_, 0), "stopping the event loop");
}

}  // namespace chat
