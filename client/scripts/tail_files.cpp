// Files that arrive during tail: see tail_files.h.
#include "client/scripts/tail_files.h"

#include "client/net/deadline.h"
#include "shared/text/printable.h"

#include <cstdio>
#include <exception>
#include <utility>

namespace chat {

namespace {

std::string_view word_of(FileStream::Outcome outcome) {
    if (outcome == FileStream::Outcome::done) return "received";
    return outcome == FileStream::Outcome::refused ? "refused" : "failed";
}

}  // namespace

TailFiles::TailFiles(ServerAddress server, std::string directory, std::uint64_t hourly_mb, bool json)
    : server_(std::move(server)),
      path_(std::move(directory)),
      hourly_mb_(hourly_mb),
      json_(json),
      report_(json, false) {}

void TailFiles::offered(const ServerLine& line) {
    Taken taken{std::make_unique<IncomingFile>(line), FileStream::Clock::now()};
    constexpr std::uint64_t bytes_of_mb = 1'000'000;
    if (files_.size() >= most) return finished(taken, "refused", "too many files at once");
    // There is nobody to ask.
    if (!unasked_.take(line.value("from"), line.value("name"), taken.file->size(), hourly_mb_ * bytes_of_mb,
                       FileStream::Clock::now())) {
        taken.file->decline(server_);
        return finished(taken, "refused",
                        "more than " + std::to_string(hourly_mb_) + " MB within an hour (auto_accept_hourly_mb)");
    }
    try {
        taken.file->accept(server_, path_);
    } catch (const std::exception& error) {
        return finished(taken, "failed", error.what());
    }
    files_.push_back(std::move(taken));
}

void TailFiles::wait_for(std::vector<pollfd>& waiting) const {
    for (const Taken& taken : files_) taken.file->wait_for(waiting);
}

int TailFiles::poll_timeout() const {
    int timeout = -1;
    for (const Taken& taken : files_) timeout = earlier_timeout(timeout, taken.file->poll_timeout());
    return timeout;
}

bool TailFiles::work() {
    std::erase_if(files_, [this](const Taken& taken) {
        IncomingFile& file = *taken.file;
        file.work();
        report_.progress(file, file.id());
        if (file.outcome() == FileStream::Outcome::none) return false;
        finished(taken, word_of(file.outcome()), file.problem());
        return true;
    });
    return !output_lost_ && !report_.output_lost();
}

void TailFiles::finished(const Taken& taken, std::string_view outcome, const std::string& problem) {
    const IncomingFile& file = *taken.file;
    const auto took = std::chrono::duration_cast<std::chrono::milliseconds>(FileStream::Clock::now() - taken.began);
    FileReport::Fields fields{{"outcome", std::string(outcome)},
                              {"size", std::to_string(file.size())},
                              {"milliseconds", std::to_string(took.count())}};
    if (!file.path().empty()) fields.insert(fields.begin(), {"path", file.path()});
    report_.event("finished", file.id(), file.name(), std::move(fields), problem);
    if (json_) return;
    const std::string what = file.in_words();
    const std::string words = file.path().empty()
                                  ? "Not received: " + what + " from " + file.sender() + ": " + problem
                                  : "Received from " + file.sender() + ": " + what + "; saved as " + file.path();
    std::printf("%s\n", printable(words).c_str());
    output_lost_ |= std::fflush(stdout) != 0;
}

}  // namespace chat
