// The table of settings: its defaults are the documented ones, its bounds hold, and every mistake is named with its
// place.
#include "shared/system/config.h"

#include "shared/system/settings.h"
#include "tests/support/catch.h"
#include "tests/unit/scratch.h"

#include <filesystem>
#include <fstream>
#include <map>
#include <set>
#include <string>

namespace config_test {

using namespace chat;
using test::TemporaryDirectory;

namespace {

void write_file(const std::string& path, const std::string& text) {
    std::ofstream(path) << text;
}

Config from_assignments(std::vector<std::string> assignments) {
    ConfigSources sources;
    sources.assignments = std::move(assignments);
    return load_config(sources);
}

std::string error_of(const ConfigSources& sources) {
    try {
        (void)load_config(sources);
    } catch (const ConfigError& error) {
        return error.what();
    }
    return "no error";
}

std::string error_of_assignment(const std::string& assignment) {
    ConfigSources sources;
    sources.assignments = {assignment};
    return error_of(sources);
}

std::string error_of_text(const std::string& text) {
    const TemporaryDirectory directory;
    write_file(directory.file("chat.toml"), text);
    ConfigSources sources;
    sources.file = directory.file("chat.toml");
    const std::string error = error_of(sources);
    // The directory's name differs each time.
    return error.starts_with(directory.path() + '/') ? error.substr(directory.path().size() + 1) : error;
}

bool begins(const std::string& text, const std::string& beginning) {
    INFO(text);
    CHECK(text.starts_with(beginning));
    return text.starts_with(beginning);
}

// As in the design.
const std::map<std::string, std::int64_t> documented_numbers = {{"limits.max_clients", 5},
                                                                {"limits.max_per_address", 0},
                                                                {"limits.idle_newcomer_seconds", 60},
                                                                {"limits.max_group_members", 5},
                                                                {"limits.max_line", 4096},
                                                                {"limits.lines_per_second", 50},
                                                                {"limits.burst", 200},
                                                                {"limits.outbox_kib", 1024},
                                                                {"limits.announce_up_to", 200},
                                                                {"limits.max_rooms_per_client", 32},
                                                                {"limits.max_rooms", 1000},
                                                                {"limits.max_groups", 1000},
                                                                {"limits.max_groups_per_client", 250},
                                                                {"limits.max_groups_made", 32},
                                                                {"limits.fd_store_max", 1024},
                                                                {"limits.queue_mib", 16},
                                                                {"log.keep_days", 90},
                                                                {"log.max_mb", 0},
                                                                {"files.max_file_mb", 100},
                                                                {"files.spool_mb", 1024},
                                                                {"files.keep_hours", 24},
                                                                {"files.max_transfers", 256},
                                                                {"files.max_files_per_client", 8},
                                                                {"files.max_mb_per_client", 0},
                                                                {"files.min_kib_per_second", 16},
                                                                {"accounts.min_secret", 8},
                                                                {"accounts.max_kept", 1000},
                                                                {"history.page", 100},
                                                                {"history.pages_per_minute", 60},
                                                                {"tls.data_port", 5698},
                                                                {"irc.registration_seconds", 60},
                                                                {"irc.masks_per_room", 60},
                                                                {"irc.metadata_values", 4096}};

}  // namespace

TEST_CASE("every key has its documented default", "[config][R06][R63][D06]") {
    const Config config = load_config({});
    std::map<std::string, std::int64_t> numbers;
    std::map<std::string, bool> booleans;
    std::map<std::string, std::string> texts;
    for (const Setting& setting : settings()) {
        const std::string key(setting.key);
        if (const auto* number = std::get_if<std::int64_t Config::*>(&setting.member)) numbers[key] = config.**number;
        if (const auto* boolean = std::get_if<bool Config::*>(&setting.member)) booleans[key] = config.**boolean;
        if (const auto* text = std::get_if<std::string Config::*>(&setting.member)) texts[key] = config.**text;
        CHECK_FALSE(setting.meaning.empty());
    }
    CHECK(numbers == documented_numbers);
    CHECK(booleans == std::map<std::string, bool>{{"log.messages", true},
                                                  {"log.text", true},
                                                  {"accounts.plaintext", false},
                                                  {"history.keep_away", true},
                                                  {"irc.enabled", true}});
    CHECK(texts == std::map<std::string, std::string>{{"log.full", "wait"},
                                                      {"accounts.register", "invite"},
                                                      {"accounts.guests", "yes"},
                                                      {"accounts.backend", "own"},
                                                      {"accounts.script_socket", ""},
                                                      {"history.accounts", "all"},
                                                      {"history.guests", "joined"},
                                                      {"irc.server_name", ""},
                                                      {"irc.network", "chat"},
                                                      {"irc.password", ""},
                                                      {"irc.motd", ""}});
    CHECK(config.auto_join.empty());
    CHECK(config.trusted_addresses == std::vector<std::string>{"127.0.0.1", "::1"});
    CHECK(config.irc_auto_join.empty());
    CHECK(config.irc_operators.empty());
    CHECK(settings().size() == numbers.size() + booleans.size() + texts.size() + 4);
}

TEST_CASE("every number is accepted at its bounds and refused beyond them", "[config]") {
    for (const Setting& setting : settings()) {
        const auto* number = std::get_if<std::int64_t Config::*>(&setting.member);
        if (number == nullptr) continue;
        const std::string key(setting.key);
        INFO(key);
        CHECK(setting.least < setting.most);
        CHECK_FALSE(setting.unit.empty());
        // Room for any line and any number of clients, so that only the one setting is tested.
        const std::vector<std::string> roomy = {"limits.queue_mib=4096", "limits.outbox_kib=1048576",
                                                "files.spool_mb=1000000"};
        for (const std::int64_t value : {setting.least, setting.most}) {
            if (key == "limits.queue_mib" || key == "limits.outbox_kib") continue;
            auto assignments = roomy;
            assignments.push_back(key + '=' + std::to_string(value));
            CHECK(from_assignments(assignments).**number == value);
        }
        for (const std::int64_t value : {setting.least - 1, setting.most + 1})
            begins(error_of_assignment(key + '=' + std::to_string(value)),
                   "--set " + key + '=' + std::to_string(value) + ": " + key + ": expected a number from ");
    }
    CHECK(from_assignments({"limits.outbox_kib=64"}).outbox_kib == 64);
    CHECK(from_assignments({"limits.queue_mib=1"}).queue_mib == 1);
}

TEST_CASE("0 is accepted only where it has a meaning", "[config]") {
    std::set<std::string> with_nought;
    for (const Setting& setting : settings())
        if (std::holds_alternative<std::int64_t Config::*>(setting.member) && setting.least == 0)
            with_nought.emplace(setting.key);
    CHECK(with_nought == std::set<std::string>{"limits.max_per_address", "limits.lines_per_second",
                                               "limits.announce_up_to", "limits.fd_store_max", "log.keep_days",
                                               "log.max_mb", "files.max_file_mb", "files.spool_mb",
                                               "files.max_mb_per_client", "files.min_kib_per_second",
                                               "accounts.max_kept", "irc.metadata_values"});
}

TEST_CASE("a file sets what it names and leaves the rest", "[config][D06]") {
    const TemporaryDirectory directory;
    write_file(directory.file("chat.toml"),
               "# a comment\n[limits]\nmax_clients = 100\nburst = 1_000\n\n[log]\ntext = false\n\n"
               "[rooms]\nauto_join = [\"Gotham\", \"news\"]\n");
    ConfigSources sources;
    sources.file = directory.file("chat.toml");
    const Config config = load_config(sources);
    CHECK(config.max_clients == 100);
    CHECK(config.burst == 1000);
    CHECK_FALSE(config.log_text);
    CHECK(config.log_messages);
    CHECK(config.auto_join == std::vector<std::string>{"Gotham", "news"});
    CHECK(config.max_line == 4096);
}

TEST_CASE("later sources win: the file, conf.d by name, the command line in order", "[config]") {
    const TemporaryDirectory directory;
    write_file(directory.file("chat.toml"), "[limits]\nburst = 1\nmax_clients = 11\nmax_line = 1000\nfd_store_max = 1");
    std::filesystem::create_directory(directory.file("conf.d"));
    write_file(directory.file("conf.d/90-last.toml"), "limits.burst = 90\nlimits.max_clients = 90");
    write_file(directory.file("conf.d/10-first.toml"), "limits.burst = 10\nlimits.max_line = 2000");
    write_file(directory.file("conf.d/99-no.toml.bak"), "limits.burst = 99");
    write_file(directory.file("conf.d/README"), "not TOML");
    ConfigSources sources;
    sources.file = directory.file("chat.toml");
    sources.directory = directory.file("conf.d");
    sources.assignments = {"limits.max_clients=5", "limits.max_clients = 6", "rooms.auto_join=[\"a\"]",
                           "rooms.auto_join=[]"};
    const Config config = load_config(sources);
    CHECK(config.fd_store_max == 1);
    CHECK(config.max_line == 2000);
    CHECK(config.burst == 90);
    CHECK(config.max_clients == 6);
    CHECK(config.auto_join.empty());
}

TEST_CASE("optional files may be missing", "[config]") {
    const TemporaryDirectory directory;
    ConfigSources sources;
    sources.file = directory.file("none.toml");
    sources.directory = directory.file("none.d");
    CHECK(load_config(sources).max_clients == 5);
    sources.file_must_exist = true;
    begins(error_of(sources), sources.file + ":");
}

TEST_CASE("an unknown key is named with its file and line", "[config]") {
    begins(error_of_text("[limits]\nmax_clients = 3\nmax_client = 4\n"),
           "chat.toml:3: limits.max_client: there is no such setting");
    begins(error_of_text("port = 5000\n"), "chat.toml:1: port: there is no such setting");
    begins(error_of_text("[limits.max_clients]\nx = 4\n"),
           "chat.toml:2: limits.max_clients.x: there is no such setting");
    begins(error_of_text("[[limits]]\nmax_clients = 4\n"), "chat.toml:1: limits: there is no such setting");
    begins(error_of_assignment("limit.max_clients=4"),
           "--set limit.max_clients=4: limit.max_clients: there is no such");
}

TEST_CASE("a value of the wrong type is named with its file and line", "[config]") {
    for (const char* value : {"\"5\"", "5.0", "true", "[5]", "2026-11-20", "inf"})
        begins(error_of_text(std::string("[limits]\n\nmax_clients = ") + value),
               "chat.toml:3: limits.max_clients: expected an integer");
    for (const char* value : {"1", "\"true\"", "[true]"})
        begins(error_of_text(std::string("log.text = ") + value), "chat.toml:1: log.text: expected true or false");
    for (const char* value : {"\"lobby\"", "[1]", "[\"no name\"]", "[\"\"]", "[[\"a\"]]", "true"})
        begins(error_of_text(std::string("[rooms]\nauto_join = ") + value),
               "chat.toml:2: rooms.auto_join: expected a list of names");
    begins(error_of_text("[limits]\nmax_clients = 0"),
           "chat.toml:2: limits.max_clients: expected a number from 1 to 60000, not 0");
}

TEST_CASE("invalid TOML is named with its file and line", "[config]") {
    begins(error_of_text("[limits]\nmax_clients = \n"), "chat.toml:2: ");
    begins(error_of_text("[limits\n"), "chat.toml:1: ");
    begins(error_of_text("[limits]\nburst = 1\nburst = 2\n"), "chat.toml:3: ");
    begins(error_of_text("limits.max_clients = 99999999999999999999\n"), "chat.toml:1: ");
    const TemporaryDirectory directory;
    write_file(directory.file("a.toml"), "\n\nnonsense\n");
    ConfigSources sources;
    sources.directory = directory.path();
    begins(error_of(sources), directory.file("a.toml") + ":3: ");
}

TEST_CASE("an invalid assignment is named", "[config]") {
    CHECK(error_of_assignment("limits.max_clients") == "--set limits.max_clients: expected KEY=VALUE");
    begins(error_of_assignment("limits.max_clients="), "--set limits.max_clients=: ");
    begins(error_of_assignment("limits.max_clients=many"), "--set limits.max_clients=many: ");
    begins(error_of_assignment("=5"), "--set =5: ");
    begins(error_of_assignment(""), "--set : expected KEY=VALUE");
}

TEST_CASE("contradictory settings are refused with what would work", "[config]") {
    CHECK(from_assignments({"limits.max_clients=60000", "limits.queue_mib=4"}).max_clients == 60'000);
    ConfigSources sources;
    sources.assignments = {"limits.max_clients=60000", "limits.queue_mib=3"};
    begins(error_of(sources), "configuration: limits.queue_mib: at least 4 are needed");
    sources.assignments = {"limits.max_clients=20000", "limits.queue_mib=1"};
    begins(error_of(sources), "configuration: limits.queue_mib: at least 2 are needed");
    // A list is sent in parts, however long it is.
    CHECK(from_assignments(
              {"limits.queue_mib=1", "limits.max_rooms=100000", "limits.max_groups=8999", "limits.max_clients=10000"})
              .queue_mib == 1);
    sources.assignments = {"rooms.auto_join=['a','b']", "limits.max_rooms_per_client=1"};
    begins(error_of(sources), "configuration: rooms.auto_join: more names than ");
    sources.assignments = {"limits.max_line=65536", "limits.outbox_kib=255"};
    begins(error_of(sources), "configuration: limits.outbox_kib: four lines");
    CHECK(from_assignments({"limits.max_line=65536", "limits.outbox_kib=256"}).outbox_kib == 256);
    sources.assignments = {"limits.max_line=512", "limits.max_group_members=150"};
    begins(error_of(sources), "configuration: limits.max_group_members: at most 149 fit into a line");
    CHECK(from_assignments({"limits.max_line=512", "limits.max_group_members=149"}).max_group_members == 149);
    sources.assignments = {"limits.max_clients=60000", "limits.queue_mib=4", "limits.max_rooms_per_client=1000"};
    begins(error_of(sources), "configuration: limits.max_rooms_per_client: at most 219 for limits.max_clients = 60000");
    CHECK(from_assignments({"limits.max_clients=60000", "limits.queue_mib=4", "limits.max_rooms_per_client=219"})
              .max_rooms_per_client == 219);
}

TEST_CASE("a file that could never fit the spool is a contradiction, but defaults adapt", "[config]") {
    ConfigSources sources;
    sources.assignments = {"files.max_file_mb=11", "files.spool_mb=10"};
    begins(error_of(sources), "configuration: files.max_file_mb: at most 10 fit into files.spool_mb");
    sources.assignments = {"files.max_file_mb=6", "files.spool_mb=10", "files.max_mb_per_client=5"};
    begins(error_of(sources), "configuration: files.max_file_mb: at most 5 fit into files.max_mb_per_client");
    sources.assignments = {"files.spool_mb=10", "files.max_mb_per_client=11"};
    begins(error_of(sources), "configuration: files.max_mb_per_client: at most 10 fit into files.spool_mb");
    const auto adapted = from_assignments({"files.spool_mb=10"});
    CHECK(adapted.largest_file_mb() == 10);
    CHECK(adapted.spool_mb_per_client() == 10);
    CHECK(from_assignments({"files.spool_mb=10", "files.max_file_mb=10"}).largest_file_mb() == 10);
    CHECK(from_assignments({"files.spool_mb=10", "files.max_mb_per_client=3"}).largest_file_mb() == 3);
    const auto by_default = from_assignments({});
    CHECK(by_default.largest_file_mb() == 100);
    CHECK(by_default.spool_mb_per_client() == 256);
}

TEST_CASE("an unknown section is an error, even if it is empty", "[config][D06]") {
    CHECK(begins(error_of_text("[limit]\n"), "chat.toml:1: limit: there is no such setting"));
    CHECK(begins(error_of_text("\n[limits.more]\n"), "chat.toml:2: limits.more: there is no such setting"));
    CHECK(begins(error_of_assignment("limit={}"), "--set limit={}: limit: there is no such setting"));
    CHECK(error_of_text("[limits]\n[log]\n") == "no error");
}

TEST_CASE("nesting and size have a bound", "[config][D06]") {
    const auto repeated = [](const std::string& part, int times) {
        std::string text;
        for (int i = 0; i < times; ++i) text += part;
        return text;
    };
    const std::string deep = repeated("a.", 30'000) + "a = 1";
    CHECK(begins(error_of_text("\n" + deep), "chat.toml:2: the line is too long"));
    CHECK(error_of_assignment(deep).ends_with("the line is too long"));
    CHECK(begins(error_of_text(deep.substr(deep.size() - 200)), "chat.toml:1: it is nested too deeply"));
    CHECK(error_of_assignment("x=" + repeated("[", 100)).ends_with("it is nested too deeply"));
    CHECK_FALSE(error_of_text(repeated("x = [\n", 300)) == "no error");
    CHECK(begins(error_of_text(repeated("# far more than a configuration\n", 10'000)),
                 "chat.toml: it is too large for a configuration"));
    // Dots in names and comments are not levels.
    CHECK(error_of_text("rooms.auto_join = [" + repeated("\"a.b.c.d\", ", 30) +
                        "'e.f'] # ... .... .... ..... ....\n") == "no error");
    const TemporaryDirectory directory;
    ConfigSources sources;
    sources.file = directory.path();
    sources.file_must_exist = true;
    CHECK(error_of(sources).ends_with("it cannot be read"));
}

TEST_CASE("a configuration that cannot be read is a mistake, and a missing one is not", "[config][D06]") {
    const TemporaryDirectory directory;
    ConfigSources sources;
    sources.file = directory.file("chat.toml");
    sources.directory = directory.file("conf.d");
    CHECK(error_of(sources) == "no error");
    write_file(directory.file("conf.d"), "not a directory");
    CHECK(error_of(sources) == sources.directory + ": it cannot be read: Not a directory");
    std::filesystem::remove(sources.directory);
    std::filesystem::create_symlink("conf.d", sources.directory);
    CHECK(error_of(sources).starts_with(sources.directory + ": it cannot be read: "));
    std::filesystem::remove(sources.directory);
    std::filesystem::create_directory(sources.directory);
    std::filesystem::create_symlink("absent", sources.directory + "/10-lost.toml");
    CHECK(error_of(sources) == sources.directory + "/10-lost.toml: it cannot be read");
    std::filesystem::remove(sources.directory + "/10-lost.toml");
    std::filesystem::create_symlink("chat.toml", sources.file);
    CHECK(error_of(sources).starts_with(sources.file + ": it cannot be read: "));
}

TEST_CASE("what has changed between two configurations, and what waits for a restart", "[config][D06]") {
    const Config before = load_config({});
    CHECK(changed_settings(before, before).empty());
    const Config after =
        from_assignments({"limits.max_line=512", "limits.burst=1", "log.text=false", "rooms.auto_join=[\"news\"]"});
    std::set<std::string> live;
    std::set<std::string> waiting;
    Config merged = before;
    for (const Setting* setting : changed_settings(before, after)) {
        (setting->waits ? waiting : live).emplace(setting->key);
        if (!setting->waits) copy_setting(*setting, after, merged);
    }
    CHECK(live == std::set<std::string>{"limits.burst", "log.text", "rooms.auto_join"});
    CHECK(waiting == std::set<std::string>{"limits.max_line"});
    CHECK(merged.max_line == before.max_line);
    CHECK(merged.burst == 1);
    CHECK_FALSE(merged.log_text);
    CHECK(merged.auto_join == std::vector<std::string>{"news"});
}

}  // namespace config_test
