// The connection of a subcommand: see session_start.h.
#include "client/scripts/session_start.h"

#include "client/net/connecting.h"
#include "client/scripts/session.h"
#include "client/talk/certificate_question.h"
#include "shared/text/printable.h"

#include <unistd.h>

#include <cerrno>
#include <cstdio>
#include <optional>
#include <string>
#include <utility>

namespace chat {

namespace {

// One line from the terminal; nothing at its end. Byte by byte: what follows is not ours.
std::optional<std::string> read_answer() {
    std::string line;
    for (char byte = 0;;) {
        const ssize_t count = ::read(STDIN_FILENO, &byte, 1);
        if (count < 0 && errno == EINTR) continue;
        if (count <= 0) return std::nullopt;
        if (byte == '\n') return line;
        line += byte;
    }
}

bool is_accepted(const ConnectFailure& failure) {
    for (const std::string& line : question_about(failure)) std::fprintf(stderr, "%s\n", printable(line).c_str());
    for (;;) {
        std::fprintf(stderr, "%s ", certificate_question.data());
        const auto line = read_answer();
        const auto answer = line ? answer_to_question(*line, failure) : CertificateAnswer::refuse;
        if (answer != CertificateAnswer::unclear) return answer == CertificateAnswer::accept;
    }
}

}  // namespace

std::unique_ptr<Stream> connect_for_session(Signals& signals, ServerAddress& server) {
    const bool is_interactive = ::isatty(STDIN_FILENO) == 1 && ::isatty(STDERR_FILENO) == 1;
    signals.exit_immediately(true);
    for (;;) {
        Reached reached = connect_to(server, Session::timeout, is_interactive);
        server = std::move(reached.server);
        if (!reached.note.empty()) std::fprintf(stderr, "chat-client: %s\n", printable(reached.note).c_str());
        if (reached.stream) {
            signals.exit_immediately(false);
            return std::move(reached.stream);
        }
        const bool can_ask = is_interactive && reached.failure.kind == ConnectFailure::Kind::unknown_certificate;
        if (!can_ask) throw NoServer(reached.failure.text);
        if (!is_accepted(reached.failure)) throw NoServer(std::string(certificate_refused));
        server.fingerprint = reached.failure.fingerprint;
    }
}

}  // namespace chat
