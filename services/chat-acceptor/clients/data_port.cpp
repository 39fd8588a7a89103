// Accepting data connections and reading their ticket lines.
#include "chat-acceptor/clients/data_port.h"

#include "chat-acceptor/clients/listener.h"
#include "shared/text/hex.h"
#include "shared/text/line.h"
#include "shared/text/text_rules.h"

#include <sys/epoll.h>
#include <sys/socket.h>

#include <array>
#include <cerrno>
#include <system_error>
#include <utility>

namespace chat {
namespace {

constexpr std::size_t longest_line = 128;  // with its LF
constexpr int connections_at_once = 64;

}  // namespace

std::optional<TransferRequest> parse_transfer_request(std::string_view line, std::string_view& code) {
    if (line.ends_with('\r')) line.remove_suffix(1);
    const auto [command, arguments] = split_first_word(line);
    const auto [ticket_text, rest] = split_first_word(arguments);
    TransferRequest request{};
    request.upload = equal_ignoring_case(command, "/upload");
    request.decline = equal_ignoring_case(command, "/decline");
    code = "unknown-command";
    if (!request.upload && !request.decline && !equal_ignoring_case(command, "/download")) return std::nullopt;
    code = "bad-arguments";
    constexpr std::string_view receipts = " receipts";
    request.receipts = request.upload && rest.ends_with(receipts);
    const auto offset =
        whole_number<std::uint64_t>(rest.substr(0, rest.size() - (request.receipts ? receipts.size() : 0)));
    if (request.decline ? arguments != ticket_text : !offset) return std::nullopt;
    request.offset = offset.value_or(0);
    code = "bad-ticket";
    const auto ticket = read_hex<Ticket>(ticket_text);
    if (!ticket) return std::nullopt;
    request.ticket = *ticket;
    code = {};
    return request;
}

DataPort::DataPort(Linger& linger, Handler handler, Bans bans, std::string proxy_token)
    : linger_(&linger),
      handler_(std::move(handler)),
      bans_(std::move(bans)),
      epoll_(::epoll_create1(EPOLL_CLOEXEC)),
      proxied_(std::move(proxy_token), [this](Newcomer newcomer) {
          if (discard_header(newcomer.fd.get(), newcomer.header.size)) (void)add(std::move(newcomer));
      }) {
    if (!epoll_) throw std::system_error(errno, std::generic_category(), "creating the epoll set");
    epoll_event event{};
    event.events = EPOLLIN;
    if (::epoll_ctl(epoll_.get(), EPOLL_CTL_ADD, proxied_.epoll_fd(), &event) != 0)
        throw std::system_error(errno, std::generic_category(), "watching data connections");
}

int DataPort::accept_connections(int listener, bool is_proxied) {
    for (int i = 0; i < connections_at_once; ++i) {
        int trouble = 0;
        auto newcomer = accept_newcomer(listener, trouble);
        if (!newcomer) return trouble;
        if (is_proxied)
            proxied_.add(std::move(*newcomer));
        else if (trouble = add(std::move(*newcomer)); trouble != 0)
            return trouble;
    }
    return 0;
}

int DataPort::add(Newcomer newcomer) {
    Waiting waiting{std::move(newcomer.fd), steady_clock() + timeout, {}};
    const auto ban = bans_(newcomer.peer);
    if (ban || !newcomer.fit) {
        refuse(waiting, ban ? "banned" : "busy", ban.value_or("This connection is not plain TCP"));
        return 0;
    }
    if (waiting_.size() >= max_waiting) {
        refuse(waiting_.front(), "busy");
        waiting_.pop_front();
    }
    waiting_.push_back(std::move(waiting));
    epoll_event event{};
    event.events = EPOLLIN | EPOLLRDHUP;
    event.data.ptr = &waiting_.back();
    if (::epoll_ctl(epoll_.get(), EPOLL_CTL_ADD, waiting_.back().fd.get(), &event) == 0) return 0;
    const int trouble = errno;
    refuse(waiting_.back(), "busy");
    waiting_.pop_back();
    return trouble;
}

void DataPort::serve() {
    std::array<epoll_event, 64> events;
    const int count = ::epoll_wait(epoll_.get(), events.data(), static_cast<int>(events.size()), 0);
    bool headers = false;
    for (int i = 0; i < count; ++i) {
        if (auto* waiting = static_cast<Waiting*>(events[static_cast<std::size_t>(i)].data.ptr))
            read(*waiting);
        else
            headers = true;
    }
    std::erase_if(waiting_, [](const Waiting& waiting) { return waiting.over; });
    // Last, because it may remove one that waits.
    if (headers) proxied_.serve();
}

void DataPort::read(Waiting& waiting) {
    char bytes[longest_line];
    const std::size_t room = longest_line - waiting.line.size();
    const ssize_t seen = ::recv(waiting.fd.get(), bytes, room, MSG_PEEK | MSG_DONTWAIT);
    if (seen < 0 && (errno == EAGAIN || errno == EINTR)) return;
    if (seen <= 0) {  // the peer has closed without sending a line
        ::epoll_ctl(epoll_.get(), EPOLL_CTL_DEL, waiting.fd.get(), nullptr);
        end_connection(std::move(waiting.fd));
        waiting.over = true;
        return;
    }
    const std::string_view came(bytes, static_cast<std::size_t>(seen));
    const std::size_t end = came.find('\n');
    const std::size_t taken = end == std::string_view::npos ? came.size() : end + 1;
    // The peeked bytes are there: exactly that many are taken, and the bytes after the line stay for the process that
    // serves the transfer.
    if (::recv(waiting.fd.get(), bytes, taken, MSG_DONTWAIT) != static_cast<ssize_t>(taken)) return;
    waiting.line.append(bytes, taken);
    if (end == std::string_view::npos) {
        if (waiting.line.size() >= longest_line) refuse(waiting, "line-too-long");
        return;
    }
    waiting.line.pop_back();
    std::string_view code;
    const auto request = parse_transfer_request(waiting.line, code);
    if (request) code = handler_(*request, waiting.fd);
    if (!code.empty()) {
        refuse(waiting, code);
        return;
    }
    if (request->decline) {
        finish(waiting, "declined\n");
        return;
    }
    ::epoll_ctl(epoll_.get(), EPOLL_CTL_DEL, waiting.fd.get(), nullptr);
    waiting.fd.reset();  // not ended: it belongs to delivery now
    waiting.over = true;
}

void DataPort::refuse(Waiting& waiting, std::string_view code, std::string_view text) {
    finish(waiting, "error code=" + std::string(code) + " :" + std::string(text) + '\n');
}

void DataPort::finish(Waiting& waiting, const std::string& line) {
    ::epoll_ctl(epoll_.get(), EPOLL_CTL_DEL, waiting.fd.get(), nullptr);
    refuse_connection(waiting.fd.get(), line);
    linger_->add(std::move(waiting.fd));
    waiting.over = true;
}

void DataPort::tick() {
    proxied_.tick();
    const Microseconds now = steady_clock();
    std::erase_if(waiting_, [&](Waiting& waiting) {
        if (now < waiting.until) return false;
        refuse(waiting, "bad-arguments");
        return true;
    });
}

}  // namespace chat
