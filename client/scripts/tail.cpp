// Messages, line by line: see tail.h.
#include "client/scripts/tail.h"

#include "client/process.h"
#include "client/scripts/json_line.h"
#include "client/scripts/session.h"
#include "client/scripts/tail_files.h"
#include "client/talk/view.h"
#include "client/talk/wording.h"
#include "shared/text/printable.h"

#include <poll.h>

#include <cstdio>
#include <ctime>
#include <vector>

namespace chat {

namespace {

// Nothing: the line is not shown.
std::optional<std::string> shown(const ServerLine& line, const Viewer& viewer, bool json) {
    const bool id_is_a_client = line.kind != "message" && line.kind != "file" && line.kind != "undelivered";
    const bool about_us = id_is_a_client && line.value("id") == viewer.id;
    if (about_us || line.kind == "ok") return std::nullopt;
    if (json) return json_line(line);
    const auto words = sentence(line, viewer, std::time(nullptr));
    if (!words) return std::nullopt;
    return printable(*words);
}

}  // namespace

int run_tail(const ServerAddress& server, const SessionLogin& login, const TailOptions& options) {
    Session session(server, login, Session::Manner::quiet);
    for (const std::string& room : options.rooms) (void)session.ask("/join " + room);
    const Viewer viewer{session.id(), login.name.value_or("")};
    TailFiles files(session.server(), options.directory, options.hourly_mb, options.json);
    const auto ended = [&options](long printed) { return options.count != 0 && printed >= options.count; };
    for (long printed = 0; !ended(printed) || !files.empty();) {
        std::vector<pollfd> waiting;
        files.wait_for(waiting);
        const auto line = session.next(std::chrono::milliseconds(files.poll_timeout()), waiting);
        bool output = files.work();
        if (line && line->kind == "bye") throw NoServer("the server closed the connection");
        const auto words = line && !ended(printed) ? shown(*line, viewer, options.json) : std::nullopt;
        if (words) {
            std::printf("%s\n", words->c_str());
            output = std::fflush(stdout) == 0 && output;
            ++printed;
            if (options.files && line->kind == "file") files.offered(*line);
        }
        if (!output) {
            (void)session.leave();
            return exit_status::trouble;
        }
    }
    (void)session.leave();
    return exit_status::done;
}

}  // namespace chat
