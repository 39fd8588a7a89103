// The table, and work on any of its rows.
#include "shared/system/settings.h"

#include "shared/records/bounds.h"
#include "shared/records/group.h"
#include "shared/records/register_policy.h"

#include <array>

namespace chat {
namespace {

constexpr std::int64_t million = 1'000'000;

constexpr std::array<std::string_view, 2> log_full_words = {"wait", "continue"};
constexpr std::array<std::string_view, 2> backends = {"own", "script"};
constexpr std::array<std::string_view, 2> yes_no = {"yes", "no"};
constexpr std::array<std::string_view, 4> history_words = {"all", "registered", "joined", "none"};
constexpr std::array<std::string_view, 2> guest_history_words = {"joined", "none"};

const std::array table = {
    Setting{"limits.max_clients", &Config::max_clients, 1, 60'000, "clients", "clients connected at the same time"},
    Setting{"limits.max_per_address", &Config::max_per_address, 0, 60'000, "clients",
            "clients connected from one address, IPv6 by /64; 0 = the larger of 5 and limits.max_clients / 4"},
    Setting{"limits.trusted_addresses", &Config::trusted_addresses, 0, 0, unit_of_addresses,
            "addresses and networks without limits on connections, connect rate and line rate by address"},
    Setting{"limits.idle_newcomer_seconds", &Config::idle_newcomer_seconds, 1, million, "seconds",
            "when the server is full, a client without a successful command for this long makes room"},
    Setting{"limits.max_group_members", &Config::max_group_members, 1, 700, "clients",
            "members of a group, including its admin"},
    Setting{"limits.max_line", &Config::max_line, 512, 65'536, "bytes", "longest line from a client, including its LF",
            true},
    Setting{"limits.lines_per_second", &Config::lines_per_second, 0, million, "lines/s",
            "lines a client may send over time; 0 = no limit"},
    Setting{"limits.burst", &Config::burst, 1, million, "lines", "lines a client may send at once"},
    Setting{"limits.outbox_kib", &Config::outbox_kib, 64, 1'048'576, "KiB",
            "output buffered for a client that does not read, before it is disconnected", true},
    Setting{
        "limits.announce_up_to", &Config::announce_up_to, 0, million, "clients",
        "with more clients connected, arrivals and departures are announced only to those who share a room or group"},
    Setting{"limits.max_rooms_per_client", &Config::max_rooms_per_client, 1, 1000, "rooms",
            "rooms a client may be in, besides the lobby", true},
    Setting{"limits.max_rooms", &Config::max_rooms, 1, 100'000, "rooms", "rooms at the same time, besides the lobby",
            true},
    Setting{"limits.max_groups", &Config::max_groups, 1, 9000, "groups", "groups at the same time", true},
    Setting{"limits.max_groups_per_client", &Config::max_groups_per_client, 1, 9000, "groups",
            "groups a client may be in, not counting those that others added it to"},
    Setting{"limits.max_groups_made", &Config::max_groups_made, 1, 9000, "groups",
            "groups that one client has made and that still exist"},
    Setting{"limits.fd_store_max", &Config::fd_store_max, 0, 65'536, "clients",
            "clients whose connections the service manager also holds"},
    Setting{"limits.queue_mib", &Config::queue_mib, 1, 4096, "MiB", "shared memory of the queue between the daemons",
            true},
    Setting{"rooms.auto_join", &Config::auto_join, 0, 0, "names", "rooms that a client is in from the start"},
    Setting{"log.messages", &Config::log_messages, 0, 0, "", "keep a row of each message"},
    Setting{"log.text", &Config::log_text, 0, 0, "", "keep the texts of messages"},
    Setting{"log.keep_days", &Config::keep_days, 0, 36'500, "days", "days that rows are kept; 0 = forever"},
    Setting{"log.max_mb", &Config::max_mb, 0, million, "MB",
            "size of the log; the oldest rows are deleted first; 0 = no limit"},
    Setting{"log.full", &Config::log_full, 0, 0, "", "what happens when the log cannot be written: wait or continue",
            false, log_full_words},
    Setting{"files.max_file_mb", &Config::max_file_mb, 0, million, "MB", "size of one file"},
    Setting{"files.spool_mb", &Config::spool_mb, 0, million, "MB",
            "total size of the files that wait for their receivers"},
    Setting{"files.keep_hours", &Config::keep_hours, 1, 8760, "hours", "hours that a file waits for its receivers"},
    Setting{"files.max_transfers", &Config::max_transfers, 1, 4096, "transfers",
            "files, and receivers that wait for files, at the same time", true},
    Setting{"files.max_files_per_client", &Config::max_files_per_client, 1, 4096, "files",
            "files in transit from one sender at the same time"},
    Setting{"files.max_mb_per_client", &Config::max_mb_per_client, 0, million, "MB",
            "total size of the files in transit from one sender; 0 = a quarter of files.spool_mb, or one file"},
    Setting{"files.min_kib_per_second", &Config::min_kib_per_second, 0, million, "KiB/s",
            "lowest rate of an upload, after its first minute; 0 = no limit"},
    Setting{"accounts.register", &Config::accounts_register, 0, 0, "",
            "who may register a name: those who are invited, everyone, or only whom the operator adds", false,
            register_policy_words},
    Setting{"accounts.guests", &Config::accounts_guests, 0, 0, "", "whether one may chat without an account", false,
            yes_no},
    Setting{"accounts.plaintext", &Config::accounts_plaintext, 0, 0, "",
            "accept passwords without TLS from other hosts"},
    Setting{"accounts.min_secret", &Config::accounts_min_secret, 1, 512, "bytes", "length of the shortest password"},
    Setting{"accounts.max_kept", &Config::accounts_max_kept, 0, million, "messages", "messages kept for one account"},
    Setting{"accounts.backend", &Config::accounts_backend, 0, 0, "", "who checks passwords", false, backends},
    Setting{"accounts.script_socket", &Config::accounts_script_socket, 0, 0, "", "socket of the program that does"},
    Setting{"history.accounts", &Config::history_accounts, 0, 0, "", "what accounts see of the history of a room",
            false, history_words},
    Setting{"history.guests", &Config::history_guests, 0, 0, "", "what guests see of it", false, guest_history_words},
    Setting{"history.page", &Config::history_page, 1, 1000, "messages", "messages in one answer to /history"},
    Setting{"history.pages_per_minute", &Config::history_pages_per_minute, 1, million, "pages",
            "answers to /history that a client gets in a minute"},
    Setting{"history.keep_away", &Config::history_keep_away, 0, 0, "",
            "keep direct messages to accounts that are away"},
    Setting{"tls.data_port", &Config::tls_data_port, 1, 65'535, "port",
            "port for files that a client which speaks TLS is told"},
    Setting{"irc.enabled", &Config::irc_enabled, 0, 0, "", "serve IRC clients"},
    Setting{"irc.server_name", &Config::irc_server_name, 0, 63, host_name,
            "the server's name in lines to IRC clients; empty = the host's name"},
    Setting{"irc.network", &Config::irc_network, 1, 32, one_word, "the network's name that IRC clients show"},
    Setting{"irc.password", &Config::irc_password, 0, 128, one_word, "password that IRC clients need; empty = none"},
    Setting{"irc.motd", &Config::irc_motd, 0, 4096, several_lines, "message of the day for IRC clients"},
    Setting{"irc.auto_join", &Config::irc_auto_join, 0, 0, "names", "rooms that an IRC client is in from the start"},
    Setting{"irc.registration_seconds", &Config::irc_registration_seconds, 1, 3600, "seconds",
            "time that an IRC client has to complete its registration"},
    Setting{"irc.masks_per_room", &Config::irc_masks_per_room, 1, 1000, "masks",
            "bans and exceptions in the lists of one room"},
    Setting{"irc.metadata_values", &Config::irc_metadata_values, 0, million, "values",
            "values of METADATA that IRC clients and channels have together; 0 = it is not offered", true},
    Setting{"irc.operators", &Config::irc_operators, 0, 64, "names",
            "names and password hashes, crypt(5), of those who may use OPER"},
};

}  // namespace

std::span<const Setting> settings() noexcept {
    return table;
}

std::vector<const Setting*> changed_settings(const Config& before, const Config& after) {
    std::vector<const Setting*> changed;
    for (const Setting& row : table)
        std::visit(
            [&](auto member) {
                if (before.*member != after.*member) changed.push_back(&row);
            },
            row.member);
    return changed;
}

void copy_setting(const Setting& setting, const Config& from, Config& to) {
    std::visit([&](auto member) { to.*member = from.*member; }, setting.member);
    const auto origin = from.origins.find(setting.key);
    if (origin != from.origins.end())
        to.origins[std::string(setting.key)] = origin->second;
    else
        to.origins.erase(std::string(setting.key));
}

}  // namespace chat
