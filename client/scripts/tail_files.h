// Files that arrive during `chat-client tail --files`: each is received into the download directory.
#pragma once

#include "client/files/download_directory.h"
#include "client/files/incoming_file.h"
#include "client/files/unasked.h"
#include "client/net/server_address.h"
#include "client/scripts/file_report.h"

#include <poll.h>

#include <cstddef>
#include <cstdint>
#include <memory>
#include <optional>
#include <string>
#include <vector>

namespace chat {

class TailFiles {
  public:
    // Files received concurrently; any further one is not accepted.
    static constexpr std::size_t most = 64;

    // `directory`: where they go; empty: the one of default_download_directory().
    // `hourly_mb`: what is taken from one sender within an hour.
    TailFiles(ServerAddress server, std::string directory, std::uint64_t hourly_mb, bool json);

    // The server offers a file: starts to receive it.
    void offered(const ServerLine& line);
    [[nodiscard]] bool empty() const noexcept { return files_.empty(); }

    // As for a companion; false: standard output is broken.
    void wait_for(std::vector<pollfd>& waiting) const;
    [[nodiscard]] int poll_timeout() const;
    [[nodiscard]] bool work();

  private:
    struct Taken {
        std::unique_ptr<IncomingFile> file;
        FileStream::Clock::time_point began;
    };
    void finished(const Taken& taken, std::string_view outcome, const std::string& problem);

    ServerAddress server_;
    std::string path_;
    std::uint64_t hourly_mb_;
    Unasked unasked_;
    bool json_;
    FileReport report_;
    std::vector<Taken> files_;
    bool output_lost_ = false;
};

}  // namespace chat
