// The configuration: one table of every setting, read from /etc/chat/chat.toml, conf.d and the command line.
#pragma once

#include <cstdint>
#include <functional>
#include <map>
#include <span>
#include <stdexcept>
#include <string>
#include <string_view>
#include <variant>
#include <vector>

namespace chat {

// A name with its secret: a hash as in crypt(5), or in some places plain text (ConfigSources).
using SecretsByName = std::map<std::string, std::string>;

struct Config {
    std::int64_t max_clients = 5;
    std::int64_t max_per_address = 0;
    std::vector<std::string> trusted_addresses = {"127.0.0.1", "::1"};
    std::int64_t idle_newcomer_seconds = 60;
    std::int64_t max_group_members = 5;
    std::int64_t max_line = 4096;
    std::int64_t lines_per_second = 50;
    std::int64_t burst = 200;
    std::int64_t outbox_kib = 1024;
    std::int64_t announce_up_to = 200;
    std::int64_t max_rooms_per_client = 32;
    std::int64_t max_rooms = 1000;
    std::int64_t max_groups = 1000;
    std::int64_t max_groups_per_client = 250;
    std::int64_t max_groups_made = 32;
    std::int64_t fd_store_max = 1024;
    std::int64_t queue_mib = 16;
    std::vector<std::string> auto_join;
    bool log_messages = true;
    bool log_text = true;
    std::int64_t keep_days = 90;
    std::int64_t max_mb = 0;
    std::string log_full = "wait";
    std::int64_t max_file_mb = 100;
    std::int64_t spool_mb = 1024;
    std::int64_t keep_hours = 24;
    std::int64_t max_transfers = 256;
    std::int64_t max_files_per_client = 8;
    std::int64_t max_mb_per_client = 0;
    std::int64_t min_kib_per_second = 16;
    std::string accounts_register = "invite";
    std::string accounts_guests = "yes";
    bool accounts_plaintext = false;
    std::int64_t accounts_min_secret = 8;
    std::int64_t accounts_max_kept = 1000;
    std::string accounts_backend = "own";
    std::string accounts_script_socket;
    std::string history_accounts = "all";
    std::string history_guests = "joined";
    std::int64_t history_page = 100;
    std::int64_t history_pages_per_minute = 60;
    bool history_keep_away = true;
    std::int64_t tls_data_port = 5698;
    bool irc_enabled = true;
    std::string irc_server_name;
    std::string irc_network = "chat";
    std::string irc_password;
    std::string irc_motd;
    std::vector<std::string> irc_auto_join;
    std::int64_t irc_registration_seconds = 60;
    std::int64_t irc_masks_per_room = 60;
    std::int64_t irc_metadata_values = 4096;
    SecretsByName irc_operators;
    // When the log cannot be written, the chat goes on and rows are skipped.
    [[nodiscard]] bool skips_rows() const { return log_full == "continue"; }
    // By key: "FILE:LINE" or "--set", for the settings that were given. All others have their defaults.
    std::map<std::string, std::string, std::less<>> origins = {};

    // Of clients: those that are connected, and those that left and are still being written to or logged.
    [[nodiscard]] std::int64_t slots() const noexcept;
    // How much of the spool one sender may use, and the largest file that fits everywhere.
    [[nodiscard]] std::int64_t spool_mb_per_client() const noexcept;
    [[nodiscard]] std::int64_t largest_file_mb() const noexcept;
};

// The error and its place: "/etc/chat/chat.toml:7: limits.max_clients: ...".
class ConfigError : public std::runtime_error {
  public:
    using std::runtime_error::runtime_error;
};

// The sources of settings; later ones override earlier ones.
struct ConfigSources {
    std::string file;  // TOML
    bool file_must_exist = false;
    std::string directory;                 // its *.toml files, in order of their names; need not exist, but be readable
    std::vector<std::string> assignments;  // KEY=VALUE, the value in TOML syntax
    bool allows_plain_secrets = false;     // in place of hashes
};

// Throws ConfigError for invalid TOML, an unknown key, a wrong type, a value out of range, or incompatible settings.
[[nodiscard]] Config load_config(const ConfigSources& sources);

}  // namespace chat
