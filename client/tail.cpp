// What is said, line by line: see tail.h.
#include "client/tail.h"

#include "client/exit_status.h"
#include "client/json_line.h"
#include "client/session.h"
#include "client/view.h"
#include "shared/printable.h"

#include <cstdio>
#include <ctime>

namespace chat {

namespace {

// Nothing: the line is not worth showing.
std::optional<std::string> shown(const ServerLine& line, const Viewer& viewer, bool json) {
    const bool about_us = line.value("id") == viewer.id && line.kind != "message";
    if (about_us || line.kind == "ok") return std::nullopt;
    if (json) return json_line(line);
    const auto words = sentence(line, viewer, std::time(nullptr));
    if (!words) return std::nullopt;
    return printable(*words);
}

}  // namespace

int run_tail(const ServerAddress& server, const std::optional<std::string>& name, const TailOptions& options) {
    Session session(server, name);
    for (const std::string& room : options.rooms) (void)session.ask("/join " + room);
    const Viewer viewer{session.id(), name.value_or("")};
    for (long printed = 0; options.count == 0 || printed < options.count;) {
        const auto line = session.next(std::chrono::milliseconds(-1));
        if (!line) continue;
        if (line->kind == "bye") throw NoServer("the server closed the connection");
        const auto words = shown(*line, viewer, options.json);
        if (!words) continue;
        std::printf("%s\n", words->c_str());
        if (std::fflush(stdout) != 0) {
            (void)session.leave();
            return exit_status::trouble;
        }
        ++printed;
    }
    (void)session.leave();
    return exit_status::done;
}

}  // namespace chat
