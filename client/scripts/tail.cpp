// Messages, line by line: see tail.h.
#include "client/scripts/tail.h"

#include "client/process.h"
#include "client/scripts/json_line.h"
#include "client/scripts/session.h"
#include "client/scripts/tail_files.h"
#include "client/talk/view.h"
#include "client/talk/wording.h"
#include "shared/text/line.h"
#include "shared/text/printable.h"

#include <poll.h>

#include <algorithm>
#include <array>
#include <chrono>
#include <cstdint>
#include <cstdio>
#include <ctime>
#include <map>
#include <string_view>
#include <thread>
#include <utility>
#include <vector>

namespace chat {

namespace {

// Nothing: the line is not shown.
std::optional<std::string> shown(const ServerLine& line, const Viewer& viewer, bool json) {
    constexpr std::array<std::string_view, 5> with_other_ids = {"message", "history", "file", "undelivered", "kept"};
    const bool id_is_a_client =
        std::find(with_other_ids.begin(), with_other_ids.end(), line.kind) == with_other_ids.end();
    const bool about_us = id_is_a_client && line.value("id") == viewer.id;
    if (about_us || line.kind == "ok") return std::nullopt;
    if (json) return json_line(line);
    const auto words = sentence(line, viewer, std::time(nullptr));
    if (!words) return std::nullopt;
    return printable(*words);
}

// The server limits the pages of a minute.
std::vector<ServerLine> ask_for_page(Session& session, const std::string& command) {
    constexpr int most_attempts = 70;
    for (int attempt = 1;; ++attempt) {
        try {
            return session.ask(command);
        } catch (const Refused& refused) {
            if (refused.code != "too-fast" || attempt == most_attempts) throw;
        }
        std::this_thread::sleep_for(std::chrono::seconds(1));
    }
}

// What was said in these rooms, by the numbers of the messages.
std::map<std::uint64_t, ServerLine> messages_since(Session& session, const TailOptions& options) {
    std::map<std::uint64_t, ServerLine> found;
    std::vector<std::string> rooms{"lobby"};
    for (const std::string& room : options.rooms) rooms.push_back("#" + room);
    for (const std::string& room : rooms) {
        std::string selector = "since=" + options.since;
        for (bool has_more = true; has_more;) {
            std::vector<ServerLine> page = ask_for_page(session, "/history " + room + " 100 " + selector);
            has_more = page.back().value("more") == "yes" && page.size() > 1;
            selector = "after=" + std::string(page.back().value("last"));
            page.pop_back();
            for (ServerLine& line : page)
                found.emplace(whole_number<std::uint64_t>(line.value("id")).value_or(0), std::move(line));
        }
    }
    return found;
}

// True: the line was printed, or there was nothing to print, and standard output works.
bool print(const std::optional<std::string>& words) {
    return !words || (std::printf("%s\n", words->c_str()) >= 0 && std::fflush(stdout) == 0);
}

}  // namespace

int run_tail(const ServerAddress& server, const SessionLogin& login, const TailOptions& options) {
    Session session(server, login, Session::Manner::quiet);
    for (const std::string& room : options.rooms) (void)session.ask("/join " + room);
    const Viewer viewer{session.id(), login.name.value_or("")};
    TailFiles files(session.server(), options.directory, options.hourly_mb, options.json);
    const auto ended = [&options](long printed) { return options.count != 0 && printed >= options.count; };
    long printed = 0;
    std::map<std::uint64_t, ServerLine> past;
    if (!options.since.empty()) past = messages_since(session, options);
    for (const auto& [id, message] : past) {
        if (ended(printed++)) break;
        if (!print(shown(message, viewer, options.json))) return exit_status::trouble;
    }
    while (!ended(printed) || !files.empty()) {
        std::vector<pollfd> waiting;
        files.wait_for(waiting);
        const auto line = session.next(std::chrono::milliseconds(files.poll_timeout()), waiting);
        bool output = files.work();
        if (line && line->kind == "bye") throw NoServer("the server closed the connection");
        // What came while the past was read is in it.
        const bool is_known = line && line->kind == "message" &&
                              past.contains(whole_number<std::uint64_t>(line->value("id")).value_or(0));
        const auto words = line && !is_known && !ended(printed) ? shown(*line, viewer, options.json) : std::nullopt;
        if (words) {
            output = print(words) && output;
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
