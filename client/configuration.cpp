// The client's settings: see configuration.h. The only file of the client that knows TOML.
#include "client/configuration.h"

#include "client/files/download_directory.h"
#include "client/talk/target.h"
#include "shared/text/suggestion.h"
#include "shared/text/text_rules.h"

#include <toml++/toml.h>

#include <algorithm>
#include <array>
#include <cstdlib>
#include <filesystem>

namespace chat {

namespace {

// Thrown by a row of the table; the position is added by a caller that knows it.
struct Wrong {
    std::string problem;
};

struct Key {
    std::string_view name;
    void (*take)(Configuration&, const toml::node&);
};

std::string text(const toml::node& node) {
    if (const auto* value = node.as_string()) return value->get();
    throw Wrong{"expected a text in quotes"};
}

bool boolean(const toml::node& node) {
    if (const auto* value = node.as_boolean()) return value->get();
    throw Wrong{"expected true or false"};
}

// How it is secured is a setting of its own.
void take_address(ServerAddress& server, const std::string& written) {
    if (auto parsed = parse_server_address(written)) {
        parsed->security = server.security;
        server = *std::move(parsed);
        return;
    }
    throw Wrong{"'" + written + "' is not HOST[:PORT] or [IPv6][:PORT]"};
}

Security security(const std::string& word) {
    if (word == "auto") return Security::automatic;
    if (word == "true" || word == "false") return word == "true" ? Security::tls : Security::plain;
    throw Wrong{"expected true, false or \"auto\""};
}

Security security(const toml::node& node) {
    if (const auto* value = node.as_boolean()) return value->get() ? Security::tls : Security::plain;
    return security(text(node));
}

// A list of texts, each as `take` returns it; `what` they are, for people.
template <typename Take>
std::vector<std::string> list_of(const toml::node& node, const char* what, const Take& take) {
    const auto* array = node.as_array();
    if (array == nullptr) throw Wrong{std::string("expected a list of ") + what};
    std::vector<std::string> all;
    for (const auto& item : *array) all.push_back(take(text(item)));
    return all;
}

std::string room_name(const std::string& written) {
    if (auto room = parse_room(written)) return *std::move(room);
    throw Wrong{"'" + written + "' is not a room name"};
}

std::string name(const std::string& written) {
    if (is_name(written)) return written;
    throw Wrong{"'" + written + "' is not a name"};
}

std::string path(const toml::node& node) {
    return with_home(text(node));
}

std::uint64_t integer_up_to(const toml::node& node, std::int64_t most) {
    const auto* number = node.as_integer();
    if (number == nullptr || number->get() < 0 || number->get() > most)
        throw Wrong{"expected an integer from 0 to " + std::to_string(most)};
    return static_cast<std::uint64_t>(number->get());
}

std::uint64_t megabytes(const toml::node& node) {
    return integer_up_to(node, 1'000'000);
}

std::uint64_t lines(const toml::node& node) {
    return integer_up_to(node, 100'000);
}

Notice notice(const std::string& word) {
    if (word == "none") return Notice::none;
    if (word == "bell") return Notice::bell;
    if (word == "desktop") return Notice::desktop;
    throw Wrong{"expected \"none\", \"bell\" or \"desktop\""};
}

bool is_all(const std::string& word) {
    if (word == "all" || word == "mine") return word == "all";
    throw Wrong{"expected \"all\" or \"mine\""};
}

const std::array table = {
    Key{"server", [](Configuration& c, const toml::node& node) { take_address(c.server, text(node)); }},
    Key{"tls", [](Configuration& c, const toml::node& node) { c.server.security = security(node); }},
    Key{"name", [](Configuration& c, const toml::node& node) { c.name = text(node); }},
    Key{"password_file", [](Configuration& c, const toml::node& node) { c.password_file = path(node); }},
    Key{"remember_passwords", [](Configuration& c, const toml::node& node) { c.remember_passwords = boolean(node); }},
    Key{"certificate", [](Configuration& c, const toml::node& node) { c.certificate = path(node); }},
    Key{"key", [](Configuration& c, const toml::node& node) { c.key = path(node); }},
    Key{"login_socket", [](Configuration& c, const toml::node& node) { c.login_socket = path(node); }},
    Key{"rooms", [](Configuration& c, const toml::node& node) { c.rooms = list_of(node, "rooms", room_name); }},
    Key{"download_directory", [](Configuration& c, const toml::node& node) { c.download_directory = path(node); }},
    Key{"log_directory", [](Configuration& c, const toml::node& node) { c.log_directory = path(node); }},
    Key{"log_mb", [](Configuration& c, const toml::node& node) { c.log_mb = megabytes(node); }},
    Key{"auto_accept_mb", [](Configuration& c, const toml::node& node) { c.auto_accept_mb = megabytes(node); }},
    Key{"auto_accept_hourly_mb",
        [](Configuration& c, const toml::node& node) { c.auto_accept_hourly_mb = megabytes(node); }},
    Key{"colours", [](Configuration& c, const toml::node& node) { c.colours = boolean(node); }},
    Key{"timestamps", [](Configuration& c, const toml::node& node) { c.timestamps = boolean(node); }},
    Key{"hide_joins", [](Configuration& c, const toml::node& node) { c.hide_joins = boolean(node); }},
    Key{"ignore", [](Configuration& c, const toml::node& node) { c.ignore = list_of(node, "names", name); }},
    Key{"plain", [](Configuration& c, const toml::node& node) { c.plain = boolean(node); }},
    Key{"title", [](Configuration& c, const toml::node& node) { c.title = boolean(node); }},
    Key{"history", [](Configuration& c, const toml::node& node) { c.history = integer_up_to(node, 1000); }},
    Key{"input_history", [](Configuration& c, const toml::node& node) { c.input_history = lines(node); }},
    Key{"reconnect", [](Configuration& c, const toml::node& node) { c.reconnect = boolean(node); }},
    Key{"notice", [](Configuration& c, const toml::node& node) { c.notice = notice(text(node)); }},
    Key{"notice_of", [](Configuration& c, const toml::node& node) { c.notice_of_all = is_all(text(node)); }},
};

[[noreturn]] void fail(const std::string& path, const toml::source_region& place, const std::string& problem) {
    throw ConfigurationError(path + ":" + std::to_string(place.begin.line) + ": " + problem);
}

void read_file(Configuration& configuration, const std::string& path) {
    toml::table values;
    try {
        values = toml::parse_file(path);
    } catch (const toml::parse_error& error) {
        if (error.source().begin.line == 0) throw ConfigurationError(path + ": " + std::string(error.description()));
        fail(path, error.source(), std::string(error.description()));
    }
    for (const auto& [key, node] : values) {
        const std::string name(key.str());
        const auto* const row =
            std::find_if(table.begin(), table.end(), [&name](const Key& candidate) { return candidate.name == name; });
        if (row == table.end()) {
            std::vector<std::string> keys;
            for (const Key& key_of_table : table) keys.emplace_back(key_of_table.name);
            const std::string meant = nearest(name, keys);
            fail(path, key.source(),
                 name + ": there is no such setting" + (meant.empty() ? "" : "; did you mean " + meant + "?"));
        }
        try {
            row->take(configuration, node);
        } catch (const Wrong& wrong) {
            fail(path, key.source(), name + ": " + wrong.problem);
        }
    }
}

// An empty variable counts as unset.
const char* variable(const char* name) {
    const char* value = std::getenv(name);
    return value != nullptr && *value != '\0' ? value : nullptr;
}

}  // namespace

std::string configuration_path() {
    if (const char* directory = variable("XDG_CONFIG_HOME")) return std::string(directory) + "/chat/client.toml";
    if (const char* home = variable("HOME")) return std::string(home) + "/.config/chat/client.toml";
    return {};
}

Configuration load_configuration(const std::string& path, bool must_exist) {
    Configuration configuration;
    configuration.server.security = Security::automatic;
    std::error_code ignored;
    if (must_exist || (!path.empty() && std::filesystem::exists(path, ignored))) read_file(configuration, path);
    const char* name_of_variable = "CHAT_SERVER";
    try {
        if (const char* server = variable(name_of_variable)) take_address(configuration.server, server);
        name_of_variable = "CHAT_TLS";
        if (const char* tls = variable(name_of_variable)) configuration.server.security = security(std::string(tls));
    } catch (const Wrong& wrong) {
        throw ConfigurationError(std::string(name_of_variable) + ": " + wrong.problem);
    }
    if (const char* name = variable("CHAT_NAME")) {
        if (configuration.name != name) configuration.password_file.clear();  // it is that of another name
        configuration.name = name;
    }
    if (const char* socket = variable("CHAT_LOGIN_SOCKET")) configuration.login_socket = socket;
    if (variable("NO_COLOR") != nullptr) configuration.colours = false;
    return configuration;
}

std::vector<std::string_view> configuration_keys() {
    std::vector<std::string_view> keys;
    keys.reserve(table.size());
    for (const Key& key : table) keys.push_back(key.name);
    return keys;
}

}  // namespace chat
