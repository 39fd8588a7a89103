// Files in a chat: /sendfile, and files from others, which download automatically.
#pragma once

#include "client/files/download_directory.h"
#include "client/files/incoming_file.h"
#include "client/files/outgoing_file.h"
#include "client/files/receipts.h"
#include "client/files/unasked.h"
#include "client/talk/companion.h"

#include <chrono>
#include <cstdint>
#include <memory>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

namespace chat {

struct FileOptions {
    std::string directory;                     // empty: the one of default_download_directory()
    std::uint64_t auto_accept_mb = 10;         // larger files are asked about first; 0: every file, an empty one too
    std::uint64_t auto_accept_hourly_mb = 50;  // more from one sender within an hour is asked about first
};

class FileCompanion final : public Companion {
  public:
    explicit FileCompanion(FileOptions options) : options_(std::move(options)) {}

    [[nodiscard]] std::span<const OwnCommand> commands() const noexcept override;
    void typed(Host& host, std::string_view command, std::string_view text) override;
    [[nodiscard]] std::vector<std::string> completions(std::string_view kind, std::string_view begun) const override;
    [[nodiscard]] bool received(Host& host, const ServerLine& line) override;
    void connection_lost(Host& host) override;
    void wait_for(std::vector<pollfd>& waiting) override;
    [[nodiscard]] int poll_timeout() const override;
    [[nodiscard]] std::vector<std::string> in_progress() const override;
    void work(Host& host) override;

  private:
    using Clock = FileStream::Clock;
    struct Outgoing {
        std::unique_ptr<OutgoingFile> file;
        std::string tag;  // of the question to the server; empty: still being hashed
        Clock::time_point shown_at{};
        bool uploading = false;
        std::string id = {};                    // the server's
        std::vector<ServerLine> receipts = {};  // that came before the server's answer on the data connection
    };
    struct Incoming {
        std::unique_ptr<IncomingFile> file;
        Clock::time_point shown_at{};
        Clock::time_point keep_alive_at{};
        Clock::time_point forget_at{};
    };
    void send(Host& host, std::string_view text);
    void decide(Host& host, std::string_view file, bool take);
    void offered(Host& host, const ServerLine& line);
    void accept(Host& host, Incoming& incoming);
    void receipt(Host& host, const ServerLine& line);
    void sent(Host& host, const Outgoing& outgoing);
    [[nodiscard]] bool advance(Host& host, Outgoing& outgoing);
    [[nodiscard]] bool advance(Host& host, Incoming& incoming);
    static void show_progress(Host& host, const FileStream& file, Clock::time_point& shown_at, const char* words);

    FileOptions options_;
    Unasked unasked_;
    Receipts receipts_;
    std::vector<Outgoing> outgoing_;
    std::vector<Incoming> incoming_;
};

}  // namespace chat
