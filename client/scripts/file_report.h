// Reports on transfers for a subcommand: JSON objects on standard output for programs, a progress bar on standard error
// for people who have a terminal there.
#pragma once

#include "client/files/file_stream.h"

#include <chrono>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

namespace chat {

class FileReport {
  public:
    // Without `json` only bars are shown, and without `bars` nothing is.
    FileReport(bool json, bool bars) : json_(json), bars_(bars && stderr_is_terminal()) {}

    using Fields = std::vector<std::pair<std::string, std::string>>;
    // An object of this `kind`: `id` and `file` of the transfer, then `more`, then `text` if there is one. Numbers
    // are those that json_line() knows.
    void event(std::string_view kind, std::string_view id, std::string_view file, Fields more,
               std::string_view text = {});
    // The progress. Call it often: it reports at intervals, the first time at once.
    void progress(const FileStream& file, std::string_view id);
    // Removes the bar, before something else is printed.
    void clear();

    // Standard output is broken.
    [[nodiscard]] bool output_lost() const noexcept { return output_lost_; }

  private:
    using Clock = std::chrono::steady_clock;
    [[nodiscard]] static bool stderr_is_terminal();

    bool json_;
    bool bars_;
    bool bar_shown_ = false;
    bool output_lost_ = false;
    struct Said {
        std::string id;
        Clock::time_point at;
    };
    std::vector<Said> said_;  // of which transfer, and when
    Clock::time_point bar_at_{};
};

}  // namespace chat
