// A process's event loop: descriptors, timers, signals and the watchdog, on sd-event. The handle that a call returns is
// the registration: once it is destroyed, the callback no longer runs.
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

    // `events` as in epoll_ctl(2), level-triggered. The callback receives the events that occurred. A descriptor can
    // have only one registration at a time.
    [[nodiscard]] Registration watch(int fd, std::uint32_t events, std::function<void(std::uint32_t)> callback);
    // Calls back repeatedly, `interval` after the previous call.
    [[nodiscard]] Registration every(std::chrono::milliseconds interval, std::function<void()> callback);
    // Blocks the signals in this thread and threads created later; calls back with the number of each that arrives.
    [[nodiscard]] Registration on_signals(std::initializer_list<int> signals, std::function<void(int)> callback);
    // Feeds the service manager's watchdog from this loop, if it is enabled.
    void serve_watchdog();

    // Runs after every callback of this loop.
    void after_each(std::function<void()> call) { after_each_ = std::move(call); }

    // Runs until stop(); rethrows an exception from a callback.
    void run();
    void stop();

  private:
    sd_event* event_ = nullptr;
    std::function<void()> after_each_;
    std::exception_ptr failure_;
};

}  // namespace chat
