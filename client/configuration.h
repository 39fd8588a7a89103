// The client's settings: client.toml, then the environment, then the command line.
#pragma once

#include "client/net/server_address.h"

#include <cstdint>
#include <optional>
#include <span>
#include <stdexcept>
#include <string>
#include <string_view>
#include <vector>

namespace chat {

enum class Notice {
    none,
    bell,     // the terminal's
    desktop,  // notify-send, or the bell if that is not installed
};

struct Configuration {
    ServerAddress server;               // and how connections to it are secured
    std::optional<std::string> name;    // login name of the chat
    std::string password_file;          // of that name; empty: none
    bool remember_passwords = true;     // offer to keep those that are typed, and use them
    std::string certificate;            // of the person, for TLS; empty: none
    std::string key;                    // of that certificate; empty: it is in the same file
    std::string login_socket;           // of the server's chat-auth, for users of its host; empty: see login_ticket.h
    std::vector<std::string> rooms;     // to be in besides the lobby
    std::string log_directory;          // where what is said is kept; empty: nowhere
    std::uint64_t log_mb = 10;          // of one file there, after which another one begins; 0: no bound
    std::string download_directory;     // where received files go; empty: the one of default_download_directory()
    std::uint64_t auto_accept_mb = 10;  // files larger than this are asked about first; 0: all
    std::uint64_t auto_accept_hourly_mb = 50;  // more from one sender within an hour is asked about first
    bool colours = true;                       // in a terminal
    std::optional<bool> timestamps;            // before each line; nothing: on a terminal
    bool hide_joins = false;                   // no lines about others who come and go
    std::vector<std::string> ignore;           // names of people whose lines are not shown
    bool plain = false;                        // lines in, lines out: no editing, no colours, nothing is drawn again
    bool title = true;                         // the count of unread messages in the terminal's title
    std::uint64_t history = 20;                // messages from before we came that are shown of each place; 0: none
    std::uint64_t input_history = 500;         // typed lines that are kept for the next start; 0: none
    bool reconnect = true;                     // reconnect after a person's connection was lost
    Notice notice = Notice::bell;              // for a message
    bool notice_of_all = false;                // for every message; otherwise those to the viewer or with their name
};

// What is wrong and where: "/home/me/.config/chat/client.toml:3: colour: there is no such setting".
class ConfigurationError : public std::runtime_error {
  public:
    using std::runtime_error::runtime_error;
};

// $XDG_CONFIG_HOME/chat/client.toml, or ~/.config/chat/client.toml; empty if neither XDG_CONFIG_HOME nor HOME is set.
[[nodiscard]] std::string configuration_path();

// Reads `path`, which need not exist unless `must_exist`, and then CHAT_SERVER, CHAT_TLS, CHAT_NAME,
// CHAT_LOGIN_SOCKET and NO_COLOR.
// Throws ConfigurationError for invalid TOML, an unknown key, or an invalid value.
[[nodiscard]] Configuration load_configuration(const std::string& path, bool must_exist);

// The keys of client.toml, for tools/describe.
[[nodiscard]] std::vector<std::string_view> configuration_keys();

}  // namespace chat
