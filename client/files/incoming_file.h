// Receiving a file.
#pragma once

#include "client/files/download_directory.h"
#include "client/files/file_stream.h"
#include "shared/system/sha256.h"

#include <cstddef>
#include <cstdint>
#include <optional>
#include <string>
#include <vector>

namespace chat {

// A file that is received.
class IncomingFile final : public FileStream {
  public:
    // `offer` is the server's line `file`.
    explicit IncomingFile(const ServerLine& offer);
    ~IncomingFile() override;

    [[nodiscard]] const std::string& id() const noexcept { return id_; }
    [[nodiscard]] const std::string& sender() const noexcept { return sender_; }
    [[nodiscard]] bool is_accepted() const noexcept { return directory_.has_value(); }
    // Begins to receive it into a directory, which is made if it is missing. Throws std::system_error.
    void accept(const ServerAddress& server, const std::string& directory);
    // Keeps the ticket valid while the person decides, by means of a short connection.
    void keep_ticket_alive(const ServerAddress& server);
    // Tells the server, and with it the sender, that the file is not wanted; if the sender wants to know.
    void decline(const ServerAddress& server);
    // Where it is, when done.
    [[nodiscard]] const std::string& path() const noexcept { return path_; }

  private:
    // Says one line on a connection of its own, in the background.
    void knock(const ServerAddress& server, const std::string& line);
    [[nodiscard]] std::string request() const override;
    [[nodiscard]] bool begin(std::uint64_t offset) override;
    [[nodiscard]] Step stream() override;
    void streamed() override;
    void ended(const std::optional<ServerLine>& line) override;
    void refused(const ServerLine& line) override;
    [[nodiscard]] std::chrono::seconds patience() const noexcept override;
    void stalled() override;
    [[nodiscard]] bool writes() const noexcept override { return false; }
    [[nodiscard]] bool write_out(const char* bytes, std::size_t size);

    std::string id_;
    std::string sender_;
    std::string sum_;
    std::string port_;
    bool has_receipts_;
    std::optional<DownloadDirectory> directory_;  // opened for this file: people replace directories
    DownloadDirectory::Part part_;
    Sha256 hash_;
    std::uint64_t to_skip_ = 0;  // bytes that we have already are sent again
    std::vector<char> buffer_;
    std::string path_;
    bool is_whole_ = false;  // and stored under its final name
};

}  // namespace chat
