// The loop of a process: descriptors, timers, signals and the watchdog, over sd-event. The handle that a call returns
// is the registration: when it goes, the callback will not run any more.
#pragma once

#include <chrono>
#include <cstdint>
#include <exception>
#include <functional>
#include <initializer_list>
#include <memory>
#include <utility>

struct sd_event;
struct sd_event_source;

namespace chat {

class EventLoop {
  public:
    class Registration {
      public:
        Registration() = default;
        Registration(Registration&& other) noexcept = default;
        Registration& operator=(Registration&& other) noexcept;
        Registration(const Registration&) = delete;
        Registration& operator=(const Registration&) = delete;
        ~Registration();

      private:
        friend class EventLoop;
        struct Source;
        explicit Registration(std::shared_ptr<Source> source) : source_(std::move(source)) {}
        std::shared_ptr<Source> source_;
    };

    EventLoop();
    ~EventLoop();
    EventLoop(const EventLoop&) = delete;
    EventLoop& operator=(const EventLoop&) = delete;

    // `events` as in epoll_ctl(2), level-triggered. Callbacks get the events that came. A descriptor can have one
    // registration at a time.
    [[nodiscard]] Registration watch(int fd, std::uint32_t events, std::function<void(std::uint32_t)> callback);
    // Calls back again and again, `interval` after the call before.
    [[nodiscard]] Registration every(std::chrono::milliseconds interval, std::function<void()> callback);
    // Blocks the signals for this thread and threads made later, and calls back with the number of one that came.
    [[nodiscard]] Registration on_signals(std::initializer_list<int> signals, std::function<void(int)> callback);
    // Answers the service manager's watchdog from this loop, if it asked for that.
    void serve_watchdog();

    // Runs after each callback of this loop, whatever it was for.
    void after_each(std::function<void()> call) { after_each_ = std::move(call); }

    // Runs until stop(); a callback's exception comes out here.
    void run();
    void stop();

  private:
    sd_event* event_ = nullptr;
    std::function<void()> after_each_;
    std::exception_ptr failure_;
};

}  // namespace chat
