// Events and bars: see file_report.h.
#include "client/scripts/file_report.h"

#include "client/scripts/json_line.h"
#include "shared/text/printable.h"

#include <unistd.h>

#include <algorithm>
#include <cstdio>
#include <cstdlib>

namespace chat {

namespace {

constexpr std::chrono::seconds between_events{1};
constexpr std::chrono::milliseconds between_bars{100};
// With the terminal's wrapping off, a long name is cut at the edge and the bar stays on its line.
constexpr const char* bar_line = "\r\x1b[?7l\x1b[K%s  %s\x1b[?7h";
constexpr const char* no_line = "\r\x1b[K";

}  // namespace

bool FileReport::stderr_is_terminal() {
    const char* type = std::getenv("TERM");
    return ::isatty(STDERR_FILENO) == 1 && type != nullptr && std::string_view(type) != "dumb";
}

void FileReport::event(std::string_view kind, std::string_view id, std::string_view file, Fields more,
                       std::string_view text) {
    if (kind == "finished") std::erase_if(said_, [id](const Said& said) { return said.id == id; });
    if (!json_) return;
    ServerLine line{std::string(kind), {}, {}};
    if (!id.empty()) line.fields.emplace_back("id", id);
    line.fields.emplace_back("file", file);
    for (auto& field : more) line.fields.push_back(std::move(field));
    if (!text.empty()) line.text = text;
    std::printf("%s\n", json_line(line).c_str());
    output_lost_ |= std::fflush(stdout) != 0;
}

void FileReport::progress(const FileStream& file, std::string_view id) {
    if (!file.is_streaming()) return;
    const auto now = Clock::now();
    if (bars_ && now - bar_at_ >= between_bars) {
        bar_at_ = now;
        bar_shown_ = true;
        std::fprintf(stderr, bar_line, file.progress().bar().c_str(), printable(file.name()).c_str());
    }
    if (!json_) return;
    auto said = std::find_if(said_.begin(), said_.end(), [id](const Said& before) { return before.id == id; });
    if (said != said_.end() && now - said->at < between_events) return;
    if (said == said_.end())
        said_.push_back({std::string(id), now});
    else
        said->at = now;
    event("progress", id, file.name(),
          {{"bytes", std::to_string(file.progress().done())},
           {"size", std::to_string(file.size())},
           {"rate", std::to_string(file.progress().rate())}});
}

void FileReport::clear() {
    if (bar_shown_) std::fputs(no_line, stderr);
    bar_shown_ = false;
}

}  // namespace chat
