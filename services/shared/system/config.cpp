// The table of settings, and parsing of the TOML files.
#include "shared/system/config.h"

#include "shared/records/bounds.h"
#include "shared/records/group.h"
#include "shared/records/register_policy.h"
#include "shared/system/address.h"
#include "shared/system/config_files.h"
#include "shared/system/config_together.h"
#include "shared/text/suggestion.h"
#include "shared/text/text_rules.h"

#include <toml++/toml.h>

#include <algorithm>
#include <array>
#include <fstream>
#include <sstream>
#include <utility>

namespace chat {
namespace {

constexpr std::int64_t million = 1'000'000;
constexpr std::string_view addresses = "addresses";  // the unit of a list of those; other lists are of names

// Limits for configuration files, far above what all settings need.
constexpr std::size_t largest_file = 262'144;
constexpr std::size_t longest_line = 16'384;
constexpr std::size_t max_levels = 16;  // of nesting on one line

constexpr std::array<std::string_view, 2> log_full_words = {"wait", "continue"};
constexpr std::array<std::string_view, 2> yes_no = {"yes", "no"};

const std::array table = {
    Setting{"limits.max_clients", &Config::max_clients, 1, 60'000, "clients", "clients connected at the same time"},
    Setting{"limits.max_per_address", &Config::max_per_address, 0, 60'000, "clients",
            "clients connected from one address, IPv6 by /64; 0 = the larger of 5 and limits.max_clients / 4"},
    Setting{"limits.trusted_addresses", &Config::trusted_addresses, 0, 0, addresses,
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
    Setting{"tls.data_port", &Config::tls_data_port, 1, 65'535, "port",
            "port for files that a client which speaks TLS is told"},
};

[[noreturn]] void fail(const std::string& where, std::string_view key, const std::string& problem) {
    throw ConfigError(where + ": " + std::string(key) + (key.empty() ? "" : ": ") + problem);
}

class Reader {
  public:
    Reader(Config& config, std::string source) : config_(&config), source_(std::move(source)) {}

    void read(const toml::table& values, const std::string& prefix = {}) const {
        for (const auto& [name, node] : values) {
            const std::string key = prefix + std::string(name.str());
            if (const auto* inner = node.as_table()) {
                if (inner->empty() && !is_section(key)) fail(place(node), key, "there is no such setting");
                read(*inner, key + '.');
                continue;
            }
            const auto row =
                std::find_if(table.begin(), table.end(), [&key](const Setting& s) { return s.key == key; });
            if (row == table.end()) fail(place(node), key, "there is no such setting" + hint(key));
            std::visit([&, &value = node](auto member) { take(*row, value, config_->*member); }, row->member);
            config_->origins[key] = source_.starts_with("--set") ? "--set" : place(node);
        }
    }

  private:
    [[nodiscard]] static std::string hint(const std::string& key) {
        std::vector<std::string> keys;
        for (const Setting& setting : table) keys.emplace_back(setting.key);
        const std::string meant = nearest(key, keys);
        return meant.empty() ? "" : "; did you mean " + meant + "?";
    }
    [[nodiscard]] static bool is_section(const std::string& key) {
        return std::any_of(table.begin(), table.end(), [&](const Setting& s) { return s.key.starts_with(key + '.'); });
    }

    [[nodiscard]] std::string place(const toml::node& node) const {
        const auto line = node.source().begin.line;
        return line > 0 && !source_.starts_with("--set") ? source_ + ':' + std::to_string(line) : source_;
    }

    void take(const Setting& row, const toml::node& node, std::int64_t& value) const {
        const auto* number = node.as_integer();
        if (number == nullptr) fail(place(node), row.key, "expected an integer");
        if (number->get() < row.least || number->get() > row.most)
            fail(place(node), row.key,
                 "expected a number from " + std::to_string(row.least) + " to " + std::to_string(row.most) + ", not " +
                     std::to_string(number->get()));
        value = number->get();
    }
    void take(const Setting& row, const toml::node& node, bool& value) const {
        const auto* boolean = node.as_boolean();
        if (boolean == nullptr) fail(place(node), row.key, "expected true or false");
        value = boolean->get();
    }
    void take(const Setting& row, const toml::node& node, std::vector<std::string>& value) const {
        const std::string problem = "expected a list of " + std::string(row.unit);
        const auto* array = node.as_array();
        if (array == nullptr) fail(place(node), row.key, problem);
        value.clear();
        for (const auto& item : *array) {
            const auto* text = item.as_string();
            if (text == nullptr || !is_item(row, text->get())) fail(place(node), row.key, problem);
            value.push_back(text->get());
        }
    }
    void take(const Setting& row, const toml::node& node, std::string& value) const {
        const auto* text = node.as_string();
        if (text == nullptr || std::find(row.words.begin(), row.words.end(), text->get()) == row.words.end()) {
            std::string allowed;
            for (const std::string_view word : row.words)
                allowed.append(allowed.empty() ? "" : " or ").append(1, '"').append(word).append(1, '"');
            fail(place(node), row.key, "expected " + allowed);
        }
        value = text->get();
    }

    [[nodiscard]] static bool is_item(const Setting& row, const std::string& text) {
        return row.unit == addresses ? Network::parse(text).has_value() : is_name(text);
    }

    Config* config_;
    std::string source_;
};

[[noreturn]] void fail_to_parse(const std::string& source, const toml::parse_error& error) {
    const auto line = error.source().begin.line;
    fail(source.starts_with("--set") ? source : source + ':' + std::to_string(line), {},
         std::string(error.description()));
}

// Each dot in a key and each open bracket is a level of nested tables, which the parser's tree walks recursively: this
// limit also bounds the stack.
void check_depth(const std::string& source, std::string_view text) {
    std::size_t number = 0;
    while (!text.empty()) {
        const std::string_view line = text.substr(0, text.find('\n'));
        text.remove_prefix(std::min(text.size(), line.size() + 1));
        ++number;
        const auto fail_here = [&](const char* problem) {
            fail(source.starts_with("--set") ? source : source + ':' + std::to_string(number), {}, problem);
        };
        if (line.size() > longest_line) fail_here("the line is too long");
        char quote = 0;
        std::size_t levels = 0;
        for (std::size_t i = 0; i < line.size(); ++i) {
            const char c = line[i];
            if (quote == '"' && c == '\\')
                ++i;
            else if (quote != 0)
                quote = c == quote ? char{0} : quote;
            else if (c == '"' || c == '\'')
                quote = c;
            else if (c == '#')
                break;
            else if (c == '.' || c == '[' || c == '{')
                ++levels;
        }
        if (levels > max_levels) fail_here("it is nested too deeply");
    }
}

void read_file(Config& config, const std::string& path) {
    std::ifstream file(path, std::ios::binary);
    std::string text(largest_file + 1, '\0');
    if (!file || file.read(text.data(), static_cast<std::streamsize>(text.size())).bad())
        fail(path, {}, "it cannot be read");
    text.resize(static_cast<std::size_t>(file.gcount()));
    if (text.size() > largest_file) fail(path, {}, "it is too large for a configuration");
    check_depth(path, text);
    toml::table values;
    try {
        values = toml::parse(text, path);
    } catch (const toml::parse_error& error) {
        fail_to_parse(path, error);
    }
    Reader(config, path).read(values);
}

void read_assignment(Config& config, const std::string& assignment) {
    const std::string source = "--set " + assignment;
    const std::size_t equals = assignment.find('=');
    if (equals == std::string::npos) fail(source, {}, "expected KEY=VALUE");
    check_depth(source, assignment);
    toml::table values;
    try {
        values = toml::parse(assignment.substr(0, equals) + " = " + assignment.substr(equals + 1));
    } catch (const toml::parse_error& error) {
        fail_to_parse(source, error);
    }
    Reader(config, source).read(values);
}

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

Config load_config(const ConfigSources& sources) {
    Config config;
    for (const std::string& path : configuration_files(sources)) read_file(config, path);
    for (const std::string& assignment : sources.assignments) read_assignment(config, assignment);
    check_together(config);
    return config;
}

}  // namespace chat
