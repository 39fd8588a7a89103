// chat-acceptor: reads from clients, decides, and owns connections and identities. Its loop is assembled here: first
// around the search for the segment, if that does not exist yet, then around the service.
#include "chat-acceptor/acceptor.h"
#include "chat-acceptor/admin/admin.h"
#include "chat-acceptor/admin/waiting_admin.h"
#include "chat-acceptor/clients/datagram.h"
#include "chat-acceptor/dialects/dialect.h"
#include "chat-acceptor/startup/segment_search.h"
#include "shared/memory/memory_bound.h"
#include "shared/system/event_loop.h"
#include "shared/system/inherited_sockets.h"
#include "shared/system/journal.h"

#include <signal.h>
#include <sys/epoll.h>
#include <sys/eventfd.h>
#include <sys/socket.h>

#include <algorithm>
#include <functional>
#include <optional>
#include <utility>

namespace chat {
namespace {

constexpr std::chrono::milliseconds tick_interval{50};
constexpr std::chrono::milliseconds resume_interval{10};
constexpr std::chrono::seconds status_interval{2};
// FileDescriptorName= of chat-data.socket, chat-data-proxied.socket and chat-admin.socket.
constexpr std::string_view data_socket_name = "chat-data";
constexpr std::string_view proxied_data_socket_name = "chat-data-proxied";
constexpr const char* admin_socket_name = "admin";

// The event sources of the loop. Which of them exist depends on what the acceptor waits for.
class Service {
  public:
    Service(const DaemonOptions& options, EventLoop& loop, Segment segment, std::vector<InheritedSocket> sockets)
        : loop_(loop),
          segment_(std::move(segment)),
          acceptor_(options, segment_, loop_),
          admin_(loop_, acceptor_),
          again_(::eventfd(0, EFD_NONBLOCK | EFD_CLOEXEC)) {
        std::vector<StoredSocket> stored;
        for (InheritedSocket& socket : sockets) {
            // Clients cannot connect to proxied ones.
            const bool is_public = socket.domain != AF_UNIX && !role_of_listener(socket.name).is_proxied;
            if (is_public && (socket.listening || socket.type == SOCK_DGRAM))
                admin_.add_address((socket.type == SOCK_DGRAM ? "udp " : "tcp ") + own_address(socket.fd.get()));
            if (socket.domain == AF_UNIX)
                admin_.listen_on(std::move(socket.fd));
            else if (socket.type == SOCK_DGRAM)
                datagram_sockets_.push_back(std::move(socket.fd));
            else if (socket.listening && (socket.name == data_socket_name || socket.name == proxied_data_socket_name))
                data_listeners_.push_back({std::move(socket.fd), {.is_proxied = socket.name != data_socket_name}});
            else if (socket.listening)
                listeners_.push_back({std::move(socket.fd), role_of_listener(socket.name)});
            else
                stored.push_back({std::move(socket.fd), role_of_stored(socket.name)});
        }
        for (const Listener& listener : listeners_) prepare_listener(listener.fd.get());
        for (const Listener& listener : data_listeners_) {
            prepare_listener(listener.fd.get());
            if (!listener.role.is_proxied) acceptor_.transfers().set_data_port(local_port(listener.fd.get()));
        }
        acceptor_.recover(std::move(stored));
    }

    // `report` is called when the status may have changed.
    void start(const std::function<void()>& report) {
        for (const UniqueFd& socket : datagram_sockets_) {
            DatagramService::prepare(socket.get());
            sources_.push_back(
                loop_.watch(socket.get(), EPOLLIN, [&](std::uint32_t) { datagrams_.serve(socket.get()); }));
        }
        sources_.push_back(loop_.watch(again_.get(), EPOLLIN, [this](std::uint32_t) {
            eventfd_t ignored = 0;
            (void)::eventfd_read(again_.get(), &ignored);
            acceptor_.turns().read_clients();
        }));
        sources_.push_back(loop_.watch(acceptor_.turns().answers_fd(), EPOLLIN,
                                       [this](std::uint32_t) { acceptor_.turns().resume_answered(); }));
        sources_.push_back(loop_.every(status_interval, [this, report] {
            acceptor_.release_idle_memory();
            admin_.resume_accepting();
            report();
            log_trouble_.report(acceptor_.log_trouble());
        }));
        loop_.after_each([this] { refresh(); });
        refresh();
        journal(Priority::notice, "started", "chat-acceptor " CHAT_VERSION " serves: " + acceptor_.status());
        if (const std::string warning = memory_warning(segment_); !warning.empty())
            journal(Priority::warning, "memory-limit", warning);
    }

    [[nodiscard]] Acceptor& acceptor() noexcept { return acceptor_; }

  private:
    struct Listener {
        UniqueFd fd;
        SocketRole role;
    };

    // While the acceptor is blocked nothing is read: level-triggered sources would only spin. Newcomers are refused
    // after a while, those of the data port wait.
    void refresh() {
        if (!acceptor_.is_accepting()) {
            listening_.clear();
        } else if (listening_.empty()) {
            for (const Listener& listener : listeners_)
                listening_.push_back(loop_.watch(listener.fd.get(), EPOLLIN, [this, &listener](std::uint32_t) {
                    acceptor_.accept_connections(listener.fd.get(), listener.role);
                }));
        }
        if (!acceptor_.is_accepting() || acceptor_.is_blocked()) {
            serving_data_.clear();
        } else if (serving_data_.empty()) {
            for (const Listener& listener : data_listeners_)
                serving_data_.push_back(loop_.watch(listener.fd.get(), EPOLLIN, [this, &listener](std::uint32_t) {
                    acceptor_.transfers().accept_connections(listener.fd.get(), listener.role.is_proxied);
                }));
            serving_data_.push_back(loop_.watch(acceptor_.transfers().connections_fd(), EPOLLIN,
                                                [this](std::uint32_t) { acceptor_.transfers().serve_connections(); }));
            serving_data_.push_back(
                loop_.watch(acceptor_.headers_fd(), EPOLLIN, [this](std::uint32_t) { acceptor_.serve_headers(); }));
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

    EventLoop& loop_;
    Segment segment_;
    Acceptor acceptor_;
    Admin admin_;
    DatabaseTrouble log_trouble_;
    UniqueFd again_;  // readable: clients wait for their turn
    std::vector<Listener> listeners_;
    std::vector<Listener> data_listeners_;
    std::vector<UniqueFd> datagram_sockets_;
    DatagramService datagrams_{
        [this](const Address& address) { return acceptor_.bans().find(address, wall_clock()) != nullptr; }};
    std::vector<EventLoop::Registration> sources_;
    std::vector<EventLoop::Registration> listening_;
    std::vector<EventLoop::Registration> serving_data_;
    std::optional<EventLoop::Registration> reading_;
    std::optional<EventLoop::Registration> ticking_;
    std::optional<EventLoop::Registration> resuming_;
};

bool is_of_client(const InheritedSocket& socket) noexcept {
    return socket.domain != AF_UNIX && socket.type == SOCK_STREAM && !socket.listening;
}

// Whoever can connect to the admin socket is an operator, so only the one of that name serves operators, and no other
// Unix socket is taken for anything else: clients need TCP.
void check_socket(const InheritedSocket& socket) {
    const bool is_admin = socket.name == admin_socket_name;
    const std::string quoted = "the inherited socket \"" + socket.name + "\" ";
    if (is_admin && (socket.domain != AF_UNIX || socket.type != SOCK_STREAM || !socket.listening))
        throw SetupError(quoted + "is the operators': it must be a listening Unix stream socket");
    if (!is_admin && socket.domain == AF_UNIX)
        throw SetupError(quoted + "is a Unix socket: clients are served over TCP only, and operators at the socket \"" +
                         admin_socket_name + "\" (FileDescriptorName=)");
    if (!is_admin && socket.domain != AF_INET && socket.domain != AF_INET6)
        throw SetupError(quoted + "is not an Internet socket: clients are served over TCP only");
}

// The process: until the segment exists nothing is read and nothing is touched; then it serves.
class Process {
  public:
    Process(const DaemonOptions& options, std::vector<InheritedSocket> sockets)
        : options_(options),
          signals_(loop_.on_signals({SIGTERM, SIGINT, SIGUSR2, SIGHUP}, [this](int signal) { take_signal(signal); })),
          sockets_(std::move(sockets)),
          search_(options_, std::any_of(sockets_.begin(), sockets_.end(), is_of_client)) {
        const auto serves = [](const InheritedSocket& socket) {
            return socket.domain != AF_UNIX && socket.type == SOCK_STREAM && socket.listening;
        };
        std::for_each(sockets_.begin(), sockets_.end(), check_socket);
        if (std::none_of(sockets_.begin(), sockets_.end(), serves))
            throw SetupError("no listening socket was handed over: start chat.socket instead");
    }

    void run() {
        loop_.serve_watchdog();
        look_for_segment();
        loop_.run();
        if (service_) journal(Priority::notice, "stopped", "chat-acceptor stops");
    }

  private:
    void look_for_segment() {
        SegmentSearch::Result result = search_.search();
        if (result.segment) {
            waiting_ = {};
            operators_.reset();
            service_.emplace(options_, loop_, std::move(*result.segment), std::move(sockets_));
            service_->start([this] { notify_status(status()); });
            is_up_ = true;
            notify_ready(status());
            return;
        }
        if (result.waits_for != waits_for_) {
            waits_for_ = result.waits_for;
            if (result.is_upgrade) become_ready_without_segment();
            notify_status(status());
        }
        waiting_ = loop_.every(result.pause, [this] { look_for_segment(); });
    }

    // For the service manager the upgrade is under way, and operators can ask what it waits for.
    void become_ready_without_segment() {
        journal(Priority::notice, "waiting", "chat-acceptor " CHAT_VERSION " is not serving yet: " + waits_for_);
        if (!operators_) operators_.emplace(loop_, sockets_);
        operators_->set_reason(waits_for_);
        if (!std::exchange(is_up_, true)) notify_ready(status());
    }

    // SIGUSR2 comes before a restart (RestartKillSignal=): the clients stay.
    void take_signal(int signal) {
        if (signal == SIGHUP) {
            if (!is_up_) return;  // the start, which is under way, reads it
            reload_trouble_ = reload_configuration(options_, [this](const Config& config) {
                if (service_) service_->acceptor().reconfigure(config);
            });
            notify_ready(status());
            return;
        }
        notify_stopping();
        if (service_ && signal != SIGUSR2) service_->acceptor().stop();
        loop_.stop();
    }

    [[nodiscard]] std::string status() {
        return (service_ ? service_->acceptor().status() : waits_for_) +
               (reload_trouble_.empty() ? "" : "; " + reload_trouble_);
    }

    DaemonOptions options_;
    std::string reload_trouble_;
    EventLoop loop_;
    EventLoop::Registration signals_;  // before any thread starts: threads inherit the blocked signals
    std::vector<InheritedSocket> sockets_;
    SegmentSearch search_;
    std::string waits_for_;
    bool is_up_ = false;  // READY=1 was sent
    EventLoop::Registration waiting_;
    std::optional<WaitingAdmin> operators_;
    std::optional<Service> service_;
};

}  // namespace
}  // namespace chat

int main(int argc, char** argv) {
    return chat::run_daemon("chat-acceptor", argc, argv, [](const chat::DaemonOptions& options) {
        try {
            chat::Process(options, chat::take_inherited_sockets()).run();
            return 0;
        } catch (const chat::DamagedSegment& error) {
            chat::set_segment_aside(options, error.what());
            return chat::exit_trouble;  // the next process begins with a new segment
        }
    });
}
