// chat-delivery writes to clients and keeps the message log. This file sets up its main loop.
#include "chat-delivery/delivery.h"
#include "shared/memory/memory_bound.h"
#include "shared/memory/segment_name.h"
#include "shared/system/event_loop.h"
#include "shared/system/inherited_sockets.h"
#include "shared/system/journal.h"

#include <signal.h>
#include <sys/epoll.h>
#include <sys/socket.h>
#include <unistd.h>

#include <chrono>
#include <optional>
#include <stdexcept>
#include <string>
#include <system_error>
#include <utility>

namespace chat {
namespace {

constexpr std::chrono::milliseconds segment_interval{20};
constexpr std::chrono::seconds status_interval{2};
constexpr std::chrono::milliseconds alive_interval{1000};
constexpr std::chrono::seconds other_process_timeout{5};
constexpr std::chrono::milliseconds drain_time{1000};
constexpr std::chrono::seconds memory_report_interval{30};

UniqueFd find_link_listener(std::vector<InheritedSocket> sockets) {
    for (InheritedSocket& socket : sockets)
        if (socket.type == SOCK_SEQPACKET && socket.listening) return std::move(socket.fd);
    throw SetupError("no link socket was handed over: start chat.socket instead");
}

class Service {
  public:
    Service(const DaemonOptions& options, std::vector<InheritedSocket> sockets)
        : options_(options),
          name_(options.instance, options.state_directory),
          signals_(loop_.on_signals({SIGTERM, SIGINT, SIGUSR2, SIGHUP}, [this](int signal) { take_signal(signal); })),
          link_listener_(find_link_listener(std::move(sockets))) {}

    void run() {
        open_segment();
        if (!delivery_) {
            said_ = waits_for_;
            notify_ready(status());
            waiting_ = loop_.every(segment_interval, [this] {
                notify_watchdog();
                open_segment();
                if (!delivery_ && std::exchange(said_, waits_for_) != waits_for_) notify_status(status());
                if (delivery_) waiting_.reset();
            });
        }
        loop_.run();
        // Stopped between two checks for the segment: its contents still have to be delivered and logged.
        if (!delivery_ && is_last_) open_segment();
        if (!delivery_) return;
        finish();
        journal(Priority::notice, "stopped", "chat-delivery stops");
    }

  private:
    // The acceptor creates the segment, converts an older one, and sets an unusable one aside. Until then this process
    // neither claims its role nor accepts a connection of the link.
    void open_segment() {
        FoundSegment found{std::nullopt, {Fit::damaged, {}, {}}};
        try {
            instance_ = name_.current();
            found = Segment::find(instance_);
        } catch (const std::system_error& error) {
            waits_for_ = std::string("waiting: ") + error.what();
            return;
        }
        waits_for_ = "waiting for chat-acceptor to create the segment";
        if (found.object && found.verdict.fit == Fit::older)
            waits_for_ = "upgrade: waiting for chat-acceptor to convert shared memory: " + found.verdict.problem;
        else if (found.object && found.verdict.fit == Fit::newer)
            waits_for_ = "waiting for that version to be installed again; shared memory: " + found.verdict.problem;
        if (!found.object || found.verdict.fit != Fit::fits) return;
        if (!found.object->claim(delivery_role)) return wait_for_another();
        if (!found.object->has_name()) return;  // another segment has its name by now
        segment_.emplace(std::move(found));
        delivery_.emplace(options_, *segment_, std::move(link_listener_));
        if (!is_last_) {  // the loop accepts no registrations once it has ended
            gate_ = loop_.watch(delivery_->gate_fd(), EPOLLIN, [this](std::uint32_t) { delivery_->wake(); });
            alive_ = loop_.every(alive_interval, [this] {
                if (delivery_->is_alive()) notify_watchdog();
            });
            status_ = loop_.every(status_interval, [this] {
                notify_status(status());
                log_trouble_.report(delivery_->trouble());
                report_memory(delivery_->memory_trouble());
            });
        }
        delivery_->start([] { ::kill(::getpid(), SIGUSR2); }, [this] { notify_status(delivery_->status()); });
        journal(Priority::notice, "started", "chat-delivery " CHAT_VERSION " delivers: " + delivery_->status());
        if (const std::string warning = memory_warning(*segment_); !warning.empty())
            journal(Priority::warning, "memory-limit", warning);
        notify_ready(status());
    }

    // One entry when it begins, and one every half minute while it goes on.
    void report_memory(const std::string& trouble) {
        const auto now = std::chrono::steady_clock::now();
        if (trouble.empty() || trouble == reported_memory_ || now < report_memory_at_) return;
        journal(Priority::warning, "memory-trouble", trouble);
        reported_memory_ = trouble;
        report_memory_at_ = now + memory_report_interval;
    }

    // Another process that is about to end, or should not exist.
    void wait_for_another() {
        const auto now = std::chrono::steady_clock::now();
        if (another_since_ == std::chrono::steady_clock::time_point{}) another_since_ = now;
        waits_for_ = "another chat-delivery already serves the instance " + options_.instance;
        if (now - another_since_ > other_process_timeout) throw std::runtime_error(waits_for_);
    }

    [[nodiscard]] std::string status() {
        return (delivery_ ? delivery_->status() : waits_for_) + (reload_trouble_.empty() ? "" : "; " + reload_trouble_);
    }

    // SIGUSR2 precedes a restart (RestartKillSignal=): the clients stay.
    void take_signal(int signal) {
        if (signal == SIGHUP) {
            reload_trouble_ = reload_configuration(options_, [this](const Config& config) {
                if (delivery_) delivery_->reconfigure(config);
            });
            notify_ready(status());
            return;
        }
        notify_stopping();
        is_last_ = signal != SIGUSR2;
        loop_.stop();
    }

    void finish() {
        if (!is_last_) delivery_->drain(drain_time);  // the next process may be a different version
        delivery_->stop(is_last_);
        if (delivery_->failure()) std::rethrow_exception(delivery_->failure());
        // Nobody is connected and everything is written: the next start begins with a new segment.
        if (!delivery_->has_ended_service()) return;
        Segment::remove(instance_);
        name_.reset();
    }

    DaemonOptions options_;
    SegmentName name_;
    std::string instance_;  // under whose name the segment is
    std::string reload_trouble_;
    EventLoop loop_;
    EventLoop::Registration signals_;  // before any thread but the journal's: threads inherit the blocked signals
    UniqueFd link_listener_;
    std::string waits_for_;
    std::string said_;  // the last value of waits_for_ that was reported to the service manager
    std::chrono::steady_clock::time_point another_since_{};
    std::optional<Segment> segment_;
    std::optional<Delivery> delivery_;
    std::optional<EventLoop::Registration> waiting_;
    EventLoop::Registration gate_;
    EventLoop::Registration alive_;
    EventLoop::Registration status_;
    DatabaseTrouble log_trouble_;
    std::string reported_memory_;
    std::chrono::steady_clock::time_point report_memory_at_{};
    bool is_last_ = false;
};

}  // namespace
}  // namespace chat

int main(int argc, char** argv) {
    return chat::run_daemon("chat-delivery", argc, argv, [](const chat::DaemonOptions& options) {
        chat::Service(options, chat::take_inherited_sockets()).run();
        return 0;
    });
}
