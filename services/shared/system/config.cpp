// Parsing of the TOML files.
#include "shared/system/config.h"

#include "shared/system/address.h"
#include "shared/system/config_files.h"
#include "shared/system/config_together.h"
#include "shared/system/settings.h"
#include "shared/text/suggestion.h"
#include "shared/text/text_rules.h"

#include <toml++/toml.h>

#include <algorithm>
#include <fstream>
#include <sstream>
#include <utility>

namespace chat {
namespace {

// Limits for configuration files, far above what all settings need.
constexpr std::size_t largest_file = 262'144;
constexpr std::size_t longest_line = 16'384;
constexpr std::size_t max_levels = 16;  // of nesting on one line

[[noreturn]] void fail(const std::string& where, std::string_view key, const std::string& problem) {
    throw ConfigError(where + ": " + std::string(key) + (key.empty() ? "" : ": ") + problem);
}

class Reader {
  public:
    Reader(Config& config, std::string source, bool allows_plain_secrets)
        : config_(&config), source_(std::move(source)), allows_plain_secrets_(allows_plain_secrets) {}

    void read(const toml::table& values, const std::string& prefix = {}) const {
        for (const auto& [name, node] : values) {
            const std::string key = prefix + std::string(name.str());
            if (const auto* inner = node.as_table(); inner != nullptr && !holds_secrets(key)) {
                if (inner->empty() && !is_section(key)) fail(place(node), key, "there is no such setting");
                read(*inner, key + '.');
                continue;
            }
            const auto rows = settings();
            const auto row = std::find_if(rows.begin(), rows.end(), [&key](const Setting& s) { return s.key == key; });
            if (row == rows.end()) fail(place(node), key, "there is no such setting" + hint(key));
            std::visit([&, &value = node](auto member) { take(*row, value, config_->*member); }, row->member);
            config_->origins[key] = source_.starts_with("--set") ? "--set" : place(node);
        }
    }

  private:
    [[nodiscard]] static std::string hint(const std::string& key) {
        std::vector<std::string> keys;
        for (const Setting& setting : settings()) keys.emplace_back(setting.key);
        const std::string meant = nearest(key, keys);
        return meant.empty() ? "" : "; did you mean " + meant + "?";
    }
    [[nodiscard]] static bool holds_secrets(const std::string& key) {
        const auto rows = settings();
        return std::any_of(rows.begin(), rows.end(), [&](const Setting& s) {
            return s.key == key && std::holds_alternative<SecretsByName Config::*>(s.member);
        });
    }
    [[nodiscard]] static bool is_section(const std::string& key) {
        const auto rows = settings();
        return std::any_of(rows.begin(), rows.end(), [&](const Setting& s) { return s.key.starts_with(key + '.'); });
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
        if (text == nullptr || !fits(row, text->get())) {
            std::string allowed;
            for (const std::string_view word : row.words)
                allowed.append(allowed.empty() ? "" : " or ").append(1, '"').append(word).append(1, '"');
            if (row.words.empty() && row.most > 0)
                allowed = "a " + std::string(row.unit) + " of at most " + std::to_string(row.most) + " bytes";
            fail(place(node), row.key, "expected " + (allowed.empty() ? "a text in quotes" : allowed));
        }
        value = text->get();
    }

    // The error never shows what was given: it may be a password.
    void take(const Setting& row, const toml::node& node, SecretsByName& value) const {
        const auto* table = node.as_table();
        if (table == nullptr) fail(place(node), row.key, "expected names with their password hashes in { }");
        if (std::cmp_greater(table->size(), row.most))
            fail(place(node), row.key, "expected at most " + std::to_string(row.most) + " names");
        value.clear();
        for (const auto& [name, secret] : *table) {
            const auto* text = secret.as_string();
            if (!is_name(name.str())) fail(place(secret), row.key, "a name can have letters, digits and . _ -");
            if (text == nullptr || !is_secret(text->get()))
                fail(place(secret), row.key,
                     std::string(name.str()) + ": expected a hash as in crypt(5), for example of mkpasswd -m yescrypt");
            value.emplace(name.str(), text->get());
        }
    }
    [[nodiscard]] bool is_secret(std::string_view text) const {
        constexpr std::size_t longest_hash = 384;  // crypt(5): CRYPT_OUTPUT_SIZE
        if (text.empty() || text.size() >= longest_hash || !is_clean_text(text)) return false;
        return allows_plain_secrets_ || (text.starts_with('$') && text.find(' ') == std::string_view::npos);
    }

    [[nodiscard]] static bool fits(const Setting& row, const std::string& text) {
        if (!row.words.empty()) return std::find(row.words.begin(), row.words.end(), text) != row.words.end();
        if (row.most == 0) return true;
        if (std::cmp_less(text.size(), row.least) || std::cmp_greater(text.size(), row.most)) return false;
        std::string checked = text;
        if (row.unit == several_lines) std::erase(checked, '\n');
        if (!is_clean_text(checked)) return false;
        if (row.unit == several_lines) return true;
        if (text.find_first_of(" \t:,") != std::string::npos) return false;
        constexpr auto is_part_of_host = [](unsigned char c) {
            return (c >= '0' && c <= '9') ||
                   (lower_case(static_cast<char>(c)) >= 'a' && lower_case(static_cast<char>(c)) <= 'z') || c == '-' ||
                   c == '.';
        };
        return row.unit != host_name || std::all_of(text.begin(), text.end(), is_part_of_host);
    }

    [[nodiscard]] static bool is_item(const Setting& row, const std::string& text) {
        return row.unit == unit_of_addresses ? Network::parse(text).has_value() : is_room_name(text);
    }

    Config* config_;
    std::string source_;
    bool allows_plain_secrets_;
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

void read_file(Config& config, const std::string& path, bool allows_plain_secrets) {
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
    Reader(config, path, allows_plain_secrets).read(values);
}

void read_assignment(Config& config, const std::string& assignment, bool allows_plain_secrets) {
    const std::size_t equals = assignment.find('=');
    // A value that is a password is not repeated in an error.
    const bool is_shown = assignment.find("operators") == std::string::npos;
    const std::string source = "--set " + (is_shown ? assignment : assignment.substr(0, equals));
    if (equals == std::string::npos) fail(source, {}, "expected KEY=VALUE");
    check_depth(source, assignment);
    toml::table values;
    try {
        values = toml::parse(assignment.substr(0, equals) + " = " + assignment.substr(equals + 1));
    } catch (const toml::parse_error& error) {
        fail_to_parse(source, error);
    }
    Reader(config, source, allows_plain_secrets).read(values);
}

}  // namespace

Config load_config(const ConfigSources& sources) {
    Config config;
    for (const std::string& path : configuration_files(sources)) read_file(config, path, sources.allows_plain_secrets);
    for (const std::string& assignment : sources.assignments)
        read_assignment(config, assignment, sources.allows_plain_secrets);
    check_together(config);
    return config;
}

}  // namespace chat
