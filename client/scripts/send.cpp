// A message from a script: see send.h.
#include "client/scripts/send.h"

#include "client/net/line_splitter.h"
#include "client/process.h"
#include "client/scripts/session.h"
#include "shared/text/printable.h"

#include <unistd.h>

#include <algorithm>
#include <array>
#include <cerrno>
#include <cstddef>
#include <cstdio>
#include <system_error>
#include <thread>

namespace chat {

namespace {

constexpr std::size_t longest_input_line = std::size_t{64} * 1024;
constexpr int max_attempts = 200;

void report_problem(std::string_view text) {
    std::fprintf(stderr, "chat-client: %s\n", printable(text).c_str());
}

// Lines one by one, from a text or from standard input; empty ones are skipped.
class Lines {
  public:
    explicit Lines(const SendOptions& options)
        : splitter_(longest_input_line), is_numbered_(options.from_input), at_end_(!options.from_input) {
        splitter_.add(options.from_input ? "" : options.text);
    }

    // Reports what is wrong with the last line that next() returned.
    void report_problem_of_line(const std::string& problem) const {
        report_problem(is_numbered_ ? "line " + std::to_string(number_) + ": " + problem : problem);
    }

    std::optional<LineSplitter::Line> next() {
        for (;;) {
            auto line = at_end_ ? splitter_.last() : splitter_.next();
            if (line) ++number_;
            if (line && line->text.empty() && !line->too_long) continue;
            if (line || at_end_) return line;
            read();
        }
    }

  private:
    void read() {
        std::array<char, std::size_t{16} * 1024> bytes;  // not initialised: filled by read
        const ssize_t count = ::read(STDIN_FILENO, bytes.data(), bytes.size());
        if (count > 0) return splitter_.add({bytes.data(), static_cast<std::size_t>(count)});
        if (count < 0 && errno == EINTR) return;
        if (count < 0) throw std::system_error(errno, std::generic_category(), "standard input");
        at_end_ = true;
    }

    LineSplitter splitter_;
    std::size_t number_ = 0;  // of the line, from 1
    bool is_numbered_;
    bool at_end_;
};

std::vector<ServerLine> ask_patiently(Session& session, const std::string& command) {
    for (int attempt = 1;; ++attempt) {
        try {
            return session.ask(command);
        } catch (const Refused& refused) {
            if (refused.code != "too-fast" || attempt == max_attempts) throw;
        }
        std::this_thread::sleep_for(Session::pause_when_too_fast);
    }
}

int outcome_of(const ServerLine& line) {
    if (line.kind != "undelivered") return exit_status::done;
    report_problem(line.text.value_or("it could not be delivered"));
    return exit_status::undelivered;
}

int send_line(Session& session, const Target& target, const Lines& lines, const LineSplitter::Line& line) {
    if (line.too_long) {
        lines.report_problem_of_line("a line of more than " + std::to_string(longest_input_line) +
                                     " bytes was not sent");
        return exit_status::refused;
    }
    if (line.text.find('\r') != std::string::npos) {
        lines.report_problem_of_line("a line with a carriage return was not sent");
        return exit_status::refused;
    }
    try {
        int status = exit_status::done;
        for (const ServerLine& answer : ask_patiently(session, target.command(line.text)))
            status = std::max(status, outcome_of(answer));
        return status;
    } catch (const Refused& refused) {
        lines.report_problem_of_line(refused.what());
        return exit_status::refused;
    }
}

}  // namespace

bool join(Session& session, const Target& target) {
    const auto answer = ask_patiently(session, "/join " + target.name);
    return answer.empty() || answer.back().value("count") != "1";
}

int run_send(const ServerAddress& server, const SessionLogin& login, const SendOptions& options) {
    Lines lines(options);
    auto line = lines.next();
    if (!line) return exit_status::done;
    Session session(server, login);
    int status = exit_status::done;
    if (options.target.kind == Target::Kind::room && !join(session, options.target)) {
        report_problem("nobody is in " + options.target.in_words());
        status = exit_status::undelivered;
    }
    for (; line; line = lines.next()) status = std::max(status, send_line(session, options.target, lines, *line));
    // If a receiver leaves while the message is on its way, the server reports it before the goodbye.
    for (const ServerLine& last : session.leave()) status = std::max(status, outcome_of(last));
    return status;
}

}  // namespace chat
