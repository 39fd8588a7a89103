// chat-acceptor: reads from clients, decides, and owns connections and identities. Here its loop is put together.
#include "chat-acceptor/acceptor.h"
#include "chat-acceptor/admin.h"
#include "chat-acceptor/datagram.h"
#include "chat-acceptor/recovery.h"
#include "shared/event_loop.h"
#include "shared/inherited_sockets.h"
#include "shared/journal.h"

#include <signal.h>
#include <sys/epoll.h>
#include <sys/eventfd.h>
#include <sys/socket.h>

#include <optional>

namespace chat {
namespace {

constexpr std::chrono::milliseconds tick_interval{50};
constexpr std::chrono::milliseconds resume_interval{10};
constexpr std::chrono::seconds status_interval{2};
constexpr const char* data_socket_name = "chat-data";  // FileDescriptorName= of chat-data.socket

// The sources of the loop. Which of them are there depends on what the acceptor waits for.
class Service {
  public:
    Service(const DaemonOptions& options, std::vector<InheritedSocket> sockets)
        : options_(options),
          signals_(loop_.on_signals({SIGTERM, SIGINT, SIGUSR2, SIGHUP}, [this](int signal) { take_signal(signal); })),
          segment_(open_or_create_segment(options_)),
          acceptor_(options_, segment_, loop_),
          admin_(loop_, acceptor_),
          again_(::eventfd(0, EFD_NONBLOCK | EFD_CLOEXEC)) {
        std::vector<UniqueFd> stored;
        for (InheritedSocket& socket : sockets) {
            if (socket.domain != AF_UNIX && (socket.listening || socket.type == SOCK_DGRAM))
                admin_.add_address((socket.type == SOCK_DGRAM ? "udp " : "tcp ") + own_address(socket.fd.get()));
            if (socket.domain == AF_UNIX)
                admin_.listen_on(std::move(socket.fd));
            else if (socket.type == SOCK_DGRAM)
                datagrams_.push_back(std::move(socket.fd));
            else if (socket.listening && socket.name == data_socket_name)
                data_listeners_.push_back(std::move(socket.fd));
            else if (socket.listening)
                listeners_.push_back(std::move(socket.fd));
            else
                stored.push_back(std::move(socket.fd));
        }
        if (listeners_.empty()) throw SetupError("no listening socket was handed over: start chat.socket instead");
        for (const UniqueFd& listener : listeners_) prepare_listener(listener.get());
        for (const UniqueFd& listener : data_listeners_) {
            prepare_listener(listener.get());
            acceptor_.transfers().set_data_port(local_port(listener.get()));
        }
        acceptor_.recover(std::move(stored));
    }

    void run() {
        loop_.serve_watchdog();
        for (const UniqueFd& socket : datagrams_)
            sources_.push_back(
                loop_.watch(socket.get(), EPOLLIN, [&](std::uint32_t) { serve_datagrams(socket.get()); }));
        sources_.push_back(loop_.watch(again_.get(), EPOLLIN, [this](std::uint32_t) {
            eventfd_t ignored = 0;
            (void)::eventfd_read(again_.get(), &ignored);
            acceptor_.turns().read_clients();
        }));
        sources_.push_back(loop_.every(status_interval, [this] {
            acceptor_.release_idle_memory();
            admin_.rest();
            notify_status(status());
            log_trouble_.report(acceptor_.log_trouble());
        }));
        loop_.after_each([this] { refresh(); });
        refresh();
        journal(Priority::notice, "started", "chat-acceptor " CHAT_VERSION " serves: " + acceptor_.status());
        notify_ready(status());
        loop_.run();
        journal(Priority::notice, "stopped", "chat-acceptor stops");
    }

  private:
    // SIGUSR2 comes before a restart (RestartKillSignal=): the clients stay.
    void take_signal(int signal) {
        if (signal == SIGHUP) {
            reload_trouble_ =
                reload_configuration(options_, [this](const Config& config) { acceptor_.reconfigure(config); });
            notify_ready(status());
            return;
        }
        notify_stopping();
        if (signal != SIGUSR2) acceptor_.stop();
        loop_.stop();
    }

    // While the acceptor is blocked nothing is read: what is level-triggered would only spin.
    void refresh() {
        if (!acceptor_.is_accepting()) {
            listening_.clear();
        } else if (listening_.empty()) {
            for (const UniqueFd& listener : listeners_)
                listening_.push_back(loop_.watch(listener.get(), EPOLLIN, [this, &listener](std::uint32_t) {
                    acceptor_.accept_connections(listener.get());
                }));
            for (const UniqueFd& listener : data_listeners_)
                listening_.push_back(loop_.watch(listener.get(), EPOLLIN, [this, &listener](std::uint32_t) {
                    acceptor_.transfers().accept_connections(listener.get());
                }));
            listening_.push_back(loop_.watch(acceptor_.transfers().connections_fd(), EPOLLIN,
                                             [this](std::uint32_t) { acceptor_.transfers().serve_connections(); }));
        }
        if (acceptor_.is_blocked()) {
            reading_.reset();
        } else if (!reading_) {
            reading_.emplace(loop_.watch(acceptor_.clients_fd(), EPOLLIN,
                                         [this](std::uint32_t) { acceptor_.turns().read_clients(); }));
        }
        if (!acceptor_.is_ticking())
            ticking_.reset();
        else if (!ticking_)
            ticking_ = loop_.every(tick_interval, [this] { acceptor_.tick(); });
        if (!acceptor_.turns().has_paused())
            resuming_.reset();
        else if (!resuming_)
            resuming_ = loop_.every(resume_interval, [this] { acceptor_.turns().resume_paused(); });
        if (acceptor_.turns().has_waiting() && !acceptor_.is_blocked()) (void)::eventfd_write(again_.get(), 1);
    }

    [[nodiscard]] std::string status() {
        return acceptor_.status() + (reload_trouble_.empty() ? "" : "; " + reload_trouble_);
    }

    DaemonOptions options_;
    std::string reload_trouble_;
    EventLoop loop_;
    EventLoop::Registration signals_;  // before any thread is made: they inherit what is blocked
    Segment segment_;
    Acceptor acceptor_;
    Admin admin_;
    DatabaseTrouble log_trouble_;
    UniqueFd again_;  // readable: clients wait for their turn
    std::vector<UniqueFd> listeners_;
    std::vector<UniqueFd> data_listeners_;
    std::vector<UniqueFd> datagrams_;
    std::vector<EventLoop::Registration> sources_;
    std::vector<EventLoop::Registration> listening_;
    std::optional<EventLoop::Registration> reading_;
    std::optional<EventLoop::Registration> ticking_;
    std::optional<EventLoop::Registration> resuming_;
};

}  // namespace
}  // namespace chat

int main(int argc, char** argv) {
    return chat::run_daemon("chat-acceptor", argc, argv, [](const chat::DaemonOptions& options) {
        try {
            chat::Service(options, chat::take_inherited_sockets()).run();
            return 0;
        } catch (const chat::DamagedSegment& error) {
            chat::set_segment_aside(options, error.what());
            return chat::exit_trouble;  // the next process begins with a new segment
        }
    });
}
