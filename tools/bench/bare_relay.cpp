// The lower bound: the cost of a relay with the same shape as the server (one process reads, a ring in shared memory,
// another process writes) and no features at all: no names, no log, no limits, no recovery.
//
// Lines: `!N` sets the connection's number and is answered with `!`; `N TEXT` goes to connection N, `* TEXT` to all
// others. Usage: bare_relay PORT. It prints `ready PID PID`.
#include "shared/system/unique_fd.h"

#include <arpa/inet.h>
#include <linux/futex.h>
#include <netinet/in.h>
#include <netinet/tcp.h>
#include <sys/epoll.h>
#include <sys/mman.h>
#include <sys/prctl.h>
#include <sys/resource.h>
#include <sys/socket.h>
#include <sys/syscall.h>
#include <sys/wait.h>

#include <array>
#include <atomic>
#include <cerrno>
#include <charconv>
#include <csignal>
#include <cstdio>
#include <cstring>
#include <stdexcept>
#include <string>
#include <string_view>
#include <vector>

namespace chat::benchmark {
namespace {

constexpr std::size_t ring_size = 16U << 20U;
constexpr std::size_t read_size = 1U << 16U;
constexpr std::uint32_t everyone = 0xffffffff;
constexpr std::uint32_t newcomer = 0xfffffffe;  // its socket waits in the channel
constexpr std::uint32_t wrap = 0xfffffffd;      // the ring continues at its start

struct Entry {
    std::uint32_t to;
    std::uint32_t from;
    std::uint32_t size;
};

struct Ring {
    alignas(64) std::atomic<std::uint64_t> tail;
    alignas(64) std::atomic<std::uint64_t> head;
    alignas(64) std::atomic<std::uint32_t> asleep;
    alignas(64) char bytes[ring_size];
};

void futex(std::atomic<std::uint32_t>& word, int operation, std::uint32_t value) {
    (void)::syscall(SYS_futex, &word, operation, value, nullptr, nullptr, 0);
}

std::size_t aligned(std::size_t size) noexcept {
    return (sizeof(Entry) + size + 7) / 8 * 8;
}

class Reader {
  public:
    Reader(Ring& ring, int channel, std::uint16_t port) : ring_(&ring), channel_(channel) {
        listener_.reset(::socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC | SOCK_NONBLOCK, 0));
        const int on = 1;
        (void)::setsockopt(listener_.get(), SOL_SOCKET, SO_REUSEADDR, &on, sizeof on);
        (void)::setsockopt(listener_.get(), IPPROTO_TCP, TCP_NODELAY, &on, sizeof on);
        sockaddr_in address{};
        address.sin_family = AF_INET;
        address.sin_port = htons(port);
        address.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
        if (::bind(listener_.get(), reinterpret_cast<const sockaddr*>(&address), sizeof address) != 0 ||
            ::listen(listener_.get(), 4096) != 0)
            throw std::runtime_error(std::string("listening: ") + std::strerror(errno));
        epoll_.reset(::epoll_create1(EPOLL_CLOEXEC));
        watch(listener_.get());
    }

    [[noreturn]] void run() {
        std::array<epoll_event, 256> events;
        for (;;) {
            const int count = ::epoll_wait(epoll_.get(), events.data(), static_cast<int>(events.size()), -1);
            for (int i = 0; i < count; ++i) {
                const int fd = events[static_cast<std::size_t>(i)].data.fd;
                if (fd == listener_.get())
                    take_newcomer();
                else
                    read(fd);
            }
            std::atomic_thread_fence(std::memory_order_seq_cst);
            if (ring_->asleep.load(std::memory_order_relaxed) != 0 && ring_->asleep.exchange(0) != 0)
                futex(ring_->asleep, FUTEX_WAKE, 1);
        }
    }

  private:
    struct Connection {
        std::uint32_t number = 0;
        std::string in;
    };

    void watch(int fd) {
        epoll_event event{};
        event.events = EPOLLIN;
        event.data.fd = fd;
        (void)::epoll_ctl(epoll_.get(), EPOLL_CTL_ADD, fd, &event);
    }

    void take_newcomer() {
        const int fd = ::accept4(listener_.get(), nullptr, nullptr, SOCK_CLOEXEC | SOCK_NONBLOCK);
        if (fd < 0) return;
        if (connections_.size() <= static_cast<std::size_t>(fd)) connections_.resize(static_cast<std::size_t>(fd) + 1);
        connections_[static_cast<std::size_t>(fd)] = {};
        watch(fd);
    }

    void read(int fd) {
        Connection& connection = connections_[static_cast<std::size_t>(fd)];
        const std::size_t kept = connection.in.size();
        std::memcpy(buffer_.data(), connection.in.data(), kept);
        const ssize_t count = ::recv(fd, buffer_.data() + kept, read_size, 0);
        if (count <= 0) {
            if (count == 0) ::close(fd);
            return;
        }
        std::string_view rest(buffer_.data(), kept + static_cast<std::size_t>(count));
        while (const void* end = std::memchr(rest.data(), '\n', rest.size())) {
            const auto size = static_cast<std::size_t>(static_cast<const char*>(end) - rest.data()) + 1;
            deal_with(connection, fd, rest.substr(0, size));
            rest.remove_prefix(size);
        }
        connection.in.assign(rest);
    }

    void deal_with(Connection& connection, int fd, std::string_view line) {
        std::uint32_t number = everyone;
        const bool hello = line.front() == '!';
        (void)std::from_chars(line.data() + (hello ? 1 : 0), line.data() + line.size(), number);
        if (hello) {
            connection.number = number;
            pass_on(fd, number);
            push({newcomer, number, 0}, {});
            push({number, number, 2}, "!\n");
            return;
        }
        const std::string_view text = line.substr(line.find(' ') + 1);
        push({number, connection.number, static_cast<std::uint32_t>(text.size())}, text);
    }

    void pass_on(int fd, std::uint32_t number) const {
        iovec piece{&number, sizeof number};
        alignas(cmsghdr) char control[CMSG_SPACE(sizeof fd)] = {};
        msghdr message{};
        message.msg_iov = &piece;
        message.msg_iovlen = 1;
        message.msg_control = control;
        message.msg_controllen = sizeof control;
        cmsghdr* header = CMSG_FIRSTHDR(&message);
        header->cmsg_level = SOL_SOCKET;
        header->cmsg_type = SCM_RIGHTS;
        header->cmsg_len = CMSG_LEN(sizeof fd);
        std::memcpy(CMSG_DATA(header), &fd, sizeof fd);
        (void)::sendmsg(channel_, &message, 0);
    }

    void push(Entry entry, std::string_view text) {
        const std::size_t size = aligned(text.size());
        std::uint64_t tail = ring_->tail.load(std::memory_order_relaxed);
        while (tail + 2 * size - ring_->head.load(std::memory_order_acquire) > ring_size) {
            ring_->asleep.store(0);
            futex(ring_->asleep, FUTEX_WAKE, 1);
        }
        if (const std::size_t left = ring_size - tail % ring_size; left < size) {
            const Entry end{wrap, 0, 0};
            std::memcpy(ring_->bytes + tail % ring_size, &end, std::min(sizeof end, left));
            tail += left;
        }
        std::memcpy(ring_->bytes + tail % ring_size, &entry, sizeof entry);
        std::memcpy(ring_->bytes + tail % ring_size + sizeof entry, text.data(), text.size());
        ring_->tail.store(tail + size, std::memory_order_release);
    }

    Ring* ring_;
    int channel_;
    UniqueFd listener_, epoll_;
    std::vector<Connection> connections_;  // by descriptor
    std::vector<char> buffer_ = std::vector<char>(2 * read_size);
};

class Writer {
  public:
    Writer(Ring& ring, int channel) : ring_(&ring), channel_(channel) {}

    [[noreturn]] void run() {
        for (;;) {
            while (take_some() || !touched_.empty()) flush();
            ring_->asleep.store(1);
            std::atomic_thread_fence(std::memory_order_seq_cst);
            if (ring_->tail.load(std::memory_order_acquire) == ring_->head.load(std::memory_order_relaxed))
                futex(ring_->asleep, FUTEX_WAIT, 1);
            ring_->asleep.store(0);
        }
    }

  private:
    struct Connection {
        int fd = -1;
        bool touched = false;
        std::string out;
    };

    bool take_some() {
        const std::uint64_t tail = ring_->tail.load(std::memory_order_acquire);
        std::uint64_t head = ring_->head.load(std::memory_order_relaxed);
        if (head == tail) return false;
        for (int i = 0; i < 512 && head != tail; ++i) {
            const std::size_t left = ring_size - head % ring_size;
            Entry entry{wrap, 0, 0};
            if (left >= sizeof entry) std::memcpy(&entry, ring_->bytes + head % ring_size, sizeof entry);
            if (entry.to == wrap) {
                head += left;
                continue;
            }
            const std::string_view text(ring_->bytes + head % ring_size + sizeof entry, entry.size);
            if (entry.to == newcomer) {
                take_socket();
            } else if (entry.to == everyone) {
                for (std::uint32_t to = 0; to < connections_.size(); ++to)
                    if (to != entry.from) append(to, text);
            } else if (entry.to < connections_.size()) {
                append(entry.to, text);
            }
            head += aligned(entry.size);
        }
        ring_->head.store(head, std::memory_order_release);
        return true;
    }

    void take_socket() {
        std::uint32_t number = 0;
        iovec piece{&number, sizeof number};
        alignas(cmsghdr) char control[CMSG_SPACE(sizeof(int))];
        msghdr message{};
        message.msg_iov = &piece;
        message.msg_iovlen = 1;
        message.msg_control = control;
        message.msg_controllen = sizeof control;
        if (::recvmsg(channel_, &message, MSG_CMSG_CLOEXEC) < 0) return;
        if (connections_.size() <= number) connections_.resize(number + 1);
        std::memcpy(&connections_[number].fd, CMSG_DATA(CMSG_FIRSTHDR(&message)), sizeof(int));
    }

    void append(std::uint32_t to, std::string_view text) {
        Connection& connection = connections_[to];
        connection.out.append(text);
        if (connection.touched) return;
        connection.touched = true;
        touched_.push_back(to);
    }

    void flush() {
        std::vector<std::uint32_t> left;
        for (const std::uint32_t number : touched_) {
            Connection& connection = connections_[number];
            const ssize_t count =
                ::send(connection.fd, connection.out.data(), connection.out.size(), MSG_DONTWAIT | MSG_NOSIGNAL);
            if (count < 0 && errno != EAGAIN)
                connection.out.clear();
            else
                connection.out.erase(0, static_cast<std::size_t>(std::max<ssize_t>(count, 0)));
            connection.touched = !connection.out.empty();
            if (connection.touched) left.push_back(number);
        }
        touched_ = std::move(left);
    }

    Ring* ring_;
    int channel_;
    std::vector<Connection> connections_;
    std::vector<std::uint32_t> touched_;
};

int run(std::uint16_t port) {
    rlimit limit{};
    if (::getrlimit(RLIMIT_NOFILE, &limit) == 0) {
        limit.rlim_cur = limit.rlim_max;
        (void)::setrlimit(RLIMIT_NOFILE, &limit);
    }
    void* memory = ::mmap(nullptr, sizeof(Ring), PROT_READ | PROT_WRITE, MAP_SHARED | MAP_ANONYMOUS, -1, 0);
    int channel[2];
    if (memory == MAP_FAILED || ::socketpair(AF_UNIX, SOCK_SEQPACKET | SOCK_CLOEXEC, 0, channel) != 0)
        throw std::runtime_error(std::strerror(errno));
    Ring& ring = *new (memory) Ring;
    Reader reader(ring, channel[0], port);
    const pid_t writer = ::fork();
    if (writer == 0) {
        (void)::prctl(PR_SET_PDEATHSIG, SIGKILL);
        Writer(ring, channel[1]).run();
    }
    std::printf("ready %d %d\n", static_cast<int>(::getpid()), static_cast<int>(writer));
    (void)std::fflush(stdout);
    reader.run();
}

}  // namespace
}  // namespace chat::benchmark

int main(int argc, char** argv) {
    try {
        if (argc != 2) throw std::runtime_error("usage: bare_relay PORT");
        return chat::benchmark::run(static_cast<std::uint16_t>(std::stoi(argv[1])));
    } catch (const std::exception& error) {
        (void)std::fprintf(stderr, "bare_relay: %s\n", error.what());
        return 1;
    }
}
