// What both directions of a file have in common: see file_stream.h.
#include "client/files/file_stream.h"

#include "client/net/deadline.h"
#include "client/talk/wording.h"
#include "shared/text/line.h"

#include <algorithm>
#include <array>
#include <system_error>
#include <utility>

namespace chat {

namespace {

constexpr std::chrono::milliseconds pause_before_trying_again{500};
constexpr std::chrono::seconds connect_timeout{5};
constexpr std::size_t longest_line = 1024;

}  // namespace

FileStream::FileStream(std::string name, std::uint64_t size) : name_(std::move(name)), size_(size), progress_(size) {}

std::string FileStream::in_words() const {
    return name_ + " (" + in_bytes(static_cast<double>(size_)) + ')';
}

void FileStream::start(const ServerAddress& server, std::string_view port, std::string_view ticket) {
    server_ = server.with_port(port);
    ticket_ = ticket;
    started_ = true;
    progress_at_ = Clock::now();
    progress_.update(0, progress_at_);
    connect();
}

void FileStream::finish() {
    stream_.reset();
    outcome_ = Outcome::done;
}

void FileStream::fail(std::string problem) {
    stream_.reset();
    outcome_ = Outcome::failed;
    problem_ = std::move(problem);
}

void FileStream::refuse(std::string problem) {
    fail(std::move(problem));
    outcome_ = Outcome::refused;
}

void FileStream::advance(std::uint64_t at) {
    at_ = at;
    progress_at_ = Clock::now();
    progress_.update(at, progress_at_);
}

void FileStream::refused(const ServerLine& line) {
    if (line.value("code") == "busy")
        return interrupt();  // the server has not noticed yet that the connection was lost
    refuse(line.text.value_or("the server refused it"));
}

void FileStream::stalled() {
    fail("there was no progress for too long");
}

void FileStream::wait_for(std::vector<pollfd>& waiting) const {
    if (outcome_ != Outcome::none || more_) return;
    if (attempt_) waiting.push_back({attempt_->fd(), POLLIN, 0});
    if (!stream_) return;
    const bool waits_for_room = state_ == State::streaming && writes();
    waiting.push_back({stream_->fd(), static_cast<short>(stream_->events() | (waits_for_room ? POLLOUT : 0)), 0});
}

int FileStream::poll_timeout() const {
    if (outcome_ != Outcome::none || more_) return 0;  // there is something to report, or to do
    if (!started_) return -1;
    const auto next =
        state_ == State::idle ? std::min(again_at_, progress_at_ + patience()) : progress_at_ + patience();
    return milliseconds_until(next);
}

void FileStream::work() {
    more_ = false;
    if (outcome_ != Outcome::none || !started_) return;
    if (Clock::now() - progress_at_ > patience()) return stalled();
    switch (state_) {
        case State::idle:
            if (Clock::now() >= again_at_) connect();
            break;
        case State::connecting:
            check_connection();
            break;
        case State::starting:
            read_start();
            break;
        case State::streaming:
            stream_pieces();
            break;
        case State::ending:
            read_end();
            break;
    }
}

void FileStream::connect() {
    state_ = State::connecting;
    input_.clear();
    try {
        attempt_.emplace(server_, connect_timeout);
    } catch (const std::system_error&) {
        interrupt();
    }
}

void FileStream::interrupt() {
    stream_.reset();
    state_ = State::idle;
    again_at_ = Clock::now() + pause_before_trying_again;
}

void FileStream::check_connection() {
    auto outcome = attempt_->outcome();
    if (!outcome) return;
    attempt_.reset();
    stream_ = std::move(outcome->stream);
    if (!stream_ && !outcome->failure.may_pass()) return fail(outcome->failure.text);
    if (!stream_ || !say(request())) return interrupt();
    state_ = State::starting;
}

bool FileStream::say(const std::string& line) {
    const std::string bytes = line + '\n';
    return stream_->write(bytes).count == bytes.size();
}

Stream::State FileStream::read_input() {
    std::array<char, Stream::least_read> bytes;  // not initialised: filled by read
    const auto [count, state] = stream_->read(bytes);
    input_.append(bytes.data(), count);
    return state;
}

std::optional<ServerLine> FileStream::take_line() {
    const std::size_t end = input_.find('\n');
    if (end == std::string::npos) return std::nullopt;
    auto line = parse_server_line(std::string_view(input_).substr(0, end));
    input_.erase(0, end + 1);
    return line ? std::move(line) : ServerLine{};
}

void FileStream::read_start() {
    const bool open = read_input() == Stream::State::open;
    const auto line = take_line();
    if (!line) {
        if (!open || input_.size() > longest_line) interrupt();
        return;
    }
    if (line->kind == "error") return refused(*line);
    const auto offset = whole_number<std::uint64_t>(line->value("offset"));
    if (line->kind != "go" || !offset || *offset > at_) return fail("the server did not say where to start");
    if (!begin(*offset)) return;
    state_ = State::streaming;
    more_ = true;
}

void FileStream::stream_pieces() {
    for (int i = 0; i < pieces; ++i) {
        switch (stream()) {
            case Step::more:
                continue;
            case Step::wait:
                return;
            case Step::broken:
                return interrupt();
            case Step::done:
                if (outcome_ != Outcome::none) return;
                state_ = State::ending;
                more_ = true;
                return streamed();
        }
    }
    more_ = true;
}

void FileStream::read_end() {
    const Stream::State state = read_input();
    if (const auto line = take_line()) return ended(line);
    if (state == Stream::State::open && input_.size() <= longest_line) return;
    // A lost connection may have taken the last line with it, in either direction.
    if (state == Stream::State::broken) return interrupt();
    ended(std::nullopt);
    if (outcome_ == Outcome::none) interrupt();
}

}  // namespace chat
