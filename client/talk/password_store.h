// Passwords that a person wants to be kept for the next start: one file for each account of each server, for nobody
// else's eyes. Nothing is read or written through a symbolic link, or where others could read or change it.
#pragma once

#include "client/net/server_address.h"

#include <string>
#include <string_view>
#include <utility>

namespace chat {

class PasswordStore {
  public:
    // The directory need not exist; empty: nothing can be kept.
    explicit PasswordStore(std::string directory) : directory_(std::move(directory)) {}

    // `server` is one as it was reached: what is kept for a connection by TLS is not given to one without.
    struct Found {
        std::string secret;   // empty: none
        std::string problem;  // why what is there is not used; one line for people
    };
    [[nodiscard]] Found find(const ServerAddress& server, std::string_view name) const;
    // Keeps it in place of an earlier one. Returns why it cannot, one line for people; empty: it did.
    [[nodiscard]] std::string keep(const ServerAddress& server, std::string_view name, std::string_view secret) const;
    struct Forgotten {
        bool was_kept = false;
        std::string problem;  // why it is still there
    };
    [[nodiscard]] Forgotten forget(const ServerAddress& server, std::string_view name) const;

    // DIRECTORY/HOST:PORT/NAME, with +tls after the port of a connection by TLS. Empty: nothing can be kept.
    [[nodiscard]] std::string path_of(const ServerAddress& server, std::string_view name) const;

  private:
    std::string directory_;
};

// $XDG_STATE_HOME/chat/passwords, or ~/.local/state/chat/passwords; empty if neither XDG_STATE_HOME nor HOME is set.
[[nodiscard]] std::string password_directory();

}  // namespace chat
