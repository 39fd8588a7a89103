// Sending a file.
#pragma once

#include "client/files/file_stream.h"
#include "shared/system/sha256.h"
#include "shared/system/unique_fd.h"

#include <cstdint>
#include <memory>
#include <optional>
#include <stdexcept>
#include <string>
#include <vector>

namespace chat {

// A path does not name a file that can be sent. what() is one line for people, with the path.
class CannotSend : public std::runtime_error {
  public:
    using std::runtime_error::runtime_error;
};

// A file that is sent. It is hashed first; then the server is asked, and answers with a ticket.
class OutgoingFile final : public FileStream {
  public:
    // `file` is open for reading.
    OutgoingFile(std::string name, std::uint64_t size, UniqueFd file, std::string target);

    // Hashes some of it; true when all of it is hashed.
    [[nodiscard]] bool hash_some();
    // After that: the command that asks the server.
    [[nodiscard]] std::string command() const;
    void upload(const ServerAddress& server, const ServerLine& answer);
    // Before that: asks for receipts, if the server has them.
    void want_receipts() noexcept { wants_receipts_ = true; }
    void give_up(std::string problem) { fail(std::move(problem)); }
    // The server will say what becomes of the file.
    [[nodiscard]] bool has_receipts() const noexcept { return has_receipts_; }
    // In hexadecimal digits, once all is hashed.
    [[nodiscard]] const std::string& sum() const noexcept { return sum_; }
    [[nodiscard]] const std::string& target() const noexcept { return target_; }

  private:
    [[nodiscard]] std::string request() const override;
    [[nodiscard]] bool begin(std::uint64_t offset) override;
    [[nodiscard]] Step stream() override;
    void ended(const std::optional<ServerLine>& line) override;
    [[nodiscard]] bool writes() const noexcept override { return true; }

    UniqueFd file_;
    std::string target_;
    bool wants_receipts_ = false;
    bool has_receipts_ = false;
    Sha256 hash_;
    std::uint64_t hashed_ = 0;
    std::string sum_;
    std::vector<char> buffer_;
    std::size_t used_ = 0;  // bytes of the buffer that were sent
    std::size_t full_ = 0;
};

// Opens what `path` names, to be sent to `target`. Throws CannotSend.
[[nodiscard]] std::unique_ptr<OutgoingFile> open_to_send(const std::string& path, std::string target);

}  // namespace chat
