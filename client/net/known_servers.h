// The servers that were reached by TLS before, and how their certificates were verified: one line each, HOST:PORT and
// `authority` or the SHA-256 of the certificate. Like ssh's known_hosts.
#pragma once

#include <optional>
#include <string>
#include <utility>

namespace chat {

class KnownServers {
  public:
    struct Entry {
        std::string
            fingerprint;  // of the certificate that was accepted; empty: the system's authorities vouched for it
        bool operator==(const Entry&) const = default;
    };
    struct Found {
        std::optional<Entry> entry;
        std::string problem;  // why the file cannot be read, one line for people
    };

    // `path` need not exist; empty: nothing is remembered.
    explicit KnownServers(std::string path) : path_(std::move(path)) {}

    // `server` is HOST:PORT; letters in either case are the same.
    [[nodiscard]] Found find(const std::string& server) const;
    // Remembers it in place of an earlier entry. Returns why it cannot, one line for people; empty: it did.
    [[nodiscard]] std::string remember(const std::string& server, const Entry& entry) const;

  private:
    std::string path_;
};

// known_servers beside client.toml; empty if there is no such directory.
[[nodiscard]] std::string known_servers_path();

}  // namespace chat
