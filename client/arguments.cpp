// The command line of chat-client: see arguments.h.
#include "client/arguments.h"

#include "client/net/certificate.h"
#include "client/net/own_certificate.h"
#include "client/process.h"
#include "client/talk/credentials.h"
#include "client/talk/wording.h"
#include "shared/text/moment.h"
#include "shared/text/options.h"
#include "shared/text/printable.h"
#include "shared/text/text_rules.h"

#include <charconv>
#include <cmath>
#include <cstdint>
#include <cstdio>
#include <ctime>
#include <vector>

namespace chat {

namespace {

// What the parser fills in.
struct Parsed {
    Arguments arguments;
    std::optional<std::string> file;  // with settings, in place of the usual one
    std::optional<ServerAddress> server;
    std::optional<bool> tls;
    std::string fingerprint;
    std::string password_file;
    std::string certificate;
    std::string key;
    bool plain = false;
    std::string target;
    std::vector<std::string> words;
    SendfileOptions sendfile;
    std::string gap = "1-2";
    std::string since;
    TailOptions tail;
    WhoOptions who;
    DatetimeOptions datetime;
    bool datagram = false;
};

[[noreturn]] void reject(const std::string& option, const std::string& problem) {
    throw WrongUse{option, problem};
}

std::string problem_of_room(const std::string& room) {
    return parse_room(room) ? "" : "'" + room + "' is not a room name";
}

// The same options for the chat and for every subcommand.
void add_connection_options(const CommandOptions& app, Parsed& parsed) {
    app.add_function(
           "-s,--server",
           [&parsed](const std::string& text) {
               auto address = parse_server_address(text);
               if (!address) reject("--server", "'" + text + "' is not HOST[:PORT] or [IPv6][:PORT]");
               parsed.server = *std::move(address);
           },
           "The server (default 127.0.0.1:5000)")
        .placeholder("HOST[:PORT]");
    app.add_flag("--tls", parsed.tls, "Connect by TLS, port 5697; --tls=false: without");
    app.add_function(
           "--fingerprint",
           [&parsed](const std::string& text) {
               auto fingerprint = parse_fingerprint(text);
               if (!fingerprint) reject("--fingerprint", "'" + text + "' is not a SHA-256 of 64 hexadecimal digits");
               parsed.fingerprint = *std::move(fingerprint);
           },
           "Accept only this certificate, by TLS")
        .placeholder("SHA256");
}

// What the command line says about the server.
void choose_server(Parsed& parsed) {
    ServerAddress& server = parsed.arguments.configuration.server;
    const Security configured = server.security;
    if (parsed.server) server = *std::move(parsed.server);
    server.security = configured;
    if (!parsed.fingerprint.empty() || !parsed.certificate.empty()) server.security = Security::tls;
    if (parsed.tls) server.security = *parsed.tls ? Security::tls : Security::plain;
    server.fingerprint = parsed.fingerprint;
}

// The key of the settings belongs to the certificate of the settings.
void read_certificate(Parsed& parsed) {
    const Configuration& configuration = parsed.arguments.configuration;
    const bool is_configured = parsed.certificate.empty();
    const std::string& path = is_configured ? configuration.certificate : parsed.certificate;
    if (path.empty() && !parsed.key.empty())
        throw ConfigurationError("--key: needs --certificate, or the setting certificate");
    ServerAddress& server = parsed.arguments.configuration.server;
    if (path.empty() || server.security == Security::plain) return;
    const std::string& key = !parsed.key.empty() ? parsed.key : is_configured ? configuration.key : "";
    try {
        server.own_certificate = std::make_shared<const OwnCertificate>(path, key.empty() ? path : key);
    } catch (const std::runtime_error& error) {
        throw ConfigurationError(error.what());
    }
}

// How to prove that the name is ours.
void add_login_options(const CommandOptions& app, Parsed& parsed) {
    app.add("--password-file", parsed.password_file, "Has the password of the name in its first line")
        .placeholder("FILE");
    app.add("--certificate", parsed.certificate, "Log in with this certificate, by TLS").placeholder("FILE");
    app.add("--key", parsed.key, "Its key, if that is in another file").placeholder("FILE");
}

void add_name_option(const CommandOptions& app, Parsed& parsed, const char* meaning) {
    app.add("-n,--name", parsed.arguments.name, meaning).placeholder("NAME").check([](const std::string& name) {
        return is_name(name) ? "" : problem_of_name(name);
    });
    add_login_options(app, parsed);
}

// The file of the settings belongs to the name of the settings.
void read_password(Parsed& parsed, bool is_chat) {
    Arguments& arguments = parsed.arguments;
    const auto& configured = arguments.configuration.name;
    const bool is_configured_name = configured &&
                                    (arguments.name ? equal_ignoring_case(*arguments.name, *configured) : is_chat) &&
                                    !arguments.guest;
    const std::string path = !parsed.password_file.empty() ? parsed.password_file
                             : is_configured_name          ? arguments.configuration.password_file
                                                           : "";
    if (path.empty()) return;
    try {
        arguments.secret = read_password_file(path);
    } catch (const std::runtime_error& error) {
        throw ConfigurationError(error.what());
    }
    if (!arguments.name && !is_configured_name)
        throw ConfigurationError("--password-file: needs --name, or the setting name");
}

std::string joined(const std::vector<std::string>& words) {
    std::string text;
    for (const std::string& word : words) text.append(text.empty() ? "" : " ").append(word);
    return text;
}

std::chrono::milliseconds seconds_of(const std::string& text) {
    constexpr double most = 86'400;
    double seconds = 0;
    const auto [stopped, error] = std::from_chars(text.data(), text.data() + text.size(), seconds);
    if (error != std::errc{} || stopped != text.data() + text.size() || !(seconds >= 0.05) || seconds > most)
        reject("--every", "expected seconds from 0.05 to 86400, such as 2 or 1-2");
    return std::chrono::milliseconds(std::llround(seconds * 1000));
}

void read_gap(const std::string& text, DatetimeOptions& options) {
    const std::size_t dash = text.find('-');
    options.least = seconds_of(text.substr(0, dash));
    options.most = dash == std::string::npos ? options.least : seconds_of(text.substr(dash + 1));
    if (options.most < options.least) reject("--every", "the range must ascend");
}

std::string as_rfc3339(const std::string& text) {
    constexpr std::int64_t second = 1'000'000;
    const auto moment = moment_of(text, static_cast<std::int64_t>(std::time(nullptr)) * second);
    if (!moment) reject("--since", "'" + text + "' is not a time: RFC 3339, 08:00, 2026-11-20, yesterday, 2h or 7d");
    const auto time = static_cast<std::time_t>(*moment / second);
    std::tm utc{};
    ::gmtime_r(&time, &utc);
    return formatted(utc, "%Y-%m-%dT%H:%M:%SZ");
}

SendOptions send_options(const Parsed& parsed) {
    auto target = parse_target(parsed.target);
    if (!target) reject("TARGET", "'" + parsed.target + "' is not an id, name, room:NAME or all");
    // Its members know a group; the server would refuse.
    if (target->kind == Target::Kind::group)
        reject("TARGET",
               "only members can write to " + target->in_words() + ", and a new connection is not in any group");
    const bool from_input = parsed.words == std::vector<std::string>{"-"};
    std::string text = joined(parsed.words);
    if (!from_input && text.find_first_not_of("\r\n") == std::string::npos)
        reject("TEXT", "there is nothing to send; use - to read from standard input");
    return {*std::move(target), std::move(text), from_input};
}

void add_send(ProgramOptions& app, Parsed& parsed) {
    const CommandOptions sub = app.add_subcommand("send", "Send a message; the exit status reports the outcome");
    add_connection_options(sub, parsed);
    add_name_option(sub, parsed, "Send under this name");
    sub.add("target", parsed.target, "An id, a name, room:NAME or all").required().placeholder("TARGET");
    sub.add("text", parsed.words, "The message; - reads lines from standard input").required().placeholder("TEXT");
    sub.footer(
        "Exit status: 0 delivered, 1 no server or connection lost, 2 usage error,\n"
        "3 undelivered (gone, or nobody is in the room), 4 refused.\n"
        "Example: df -h / | chat-client send -n cron room:ops -");
    sub.callback([&parsed] { parsed.arguments.task = send_options(parsed); });
}

void add_sendfile(ProgramOptions& app, Parsed& parsed) {
    const CommandOptions sub = app.add_subcommand("sendfile", "Send files; the exit status reports the outcome");
    add_connection_options(sub, parsed);
    add_name_option(sub, parsed, "Send under this name");
    sub.add_flag("-j,--json", parsed.sendfile.json, "Report events as JSON, one object per line");
    sub.add("target", parsed.target, "An id, a name, room:NAME or group:GID").required().placeholder("TARGET");
    sub.add("path", parsed.sendfile.paths, "The files").required().placeholder("PATH");
    sub.footer(
        "Exit status: 0 delivered, 1 no server or connection lost, 2 usage error or a\n"
        "path that cannot be sent, 3 undelivered (gone, or nobody is in the room),\n"
        "4 refused.");
    sub.callback([&parsed] {
        auto target = parse_target(parsed.target);
        if (!target || target->kind == Target::Kind::everyone)
            reject("TARGET", "'" + parsed.target + "' is not an id, name, room:NAME or group:GID");
        parsed.sendfile.target = *std::move(target);
        parsed.arguments.task = parsed.sendfile;
    });
}

void add_tail(ProgramOptions& app, Parsed& parsed) {
    const CommandOptions sub = app.add_subcommand("tail", "Print messages, arrivals and departures");
    add_connection_options(sub, parsed);
    add_name_option(sub, parsed, "Listen under this name");
    sub.add_flag("-j,--json", parsed.tail.json, "Print one JSON object per line");
    sub.add("-c,--count", parsed.tail.count, "Exit after N lines").placeholder("N").between(1, 1'000'000'000, true);
    sub.add("-r,--room", parsed.tail.rooms, "A room to join; may be repeated")
        .placeholder("NAME")
        .keep_all()
        .check(problem_of_room);
    sub.add("--since", parsed.since, "First what was said since then: 08:00, 2h, 7d").placeholder("TIME");
    sub.add_flag("-f,--files", parsed.tail.files, "Receive files, too");
    sub.footer(
        "Exit status: 0 all lines printed, 1 no server or connection lost, 2 usage error,\n"
        "4 refused.");
    sub.callback([&parsed] {
        for (std::string& room : parsed.tail.rooms) room = parse_room(room).value_or(room);
        if (!parsed.since.empty()) parsed.tail.since = as_rfc3339(parsed.since);
        parsed.arguments.task = parsed.tail;
    });
}

void add_who(ProgramOptions& app, Parsed& parsed) {
    const CommandOptions sub = app.add_subcommand("who", "List who is connected: id, name, since when");
    add_connection_options(sub, parsed);
    add_name_option(sub, parsed, "Ask under this name");
    sub.add_flag("-j,--json", parsed.who.json, "Print a JSON array of objects");
    sub.add("-r,--room", parsed.who.room, "List the members of this room and show its operators")
        .placeholder("NAME")
        .check(problem_of_room);
    sub.footer("Exit status: 0 listed, 1 no server or connection lost, 2 usage error, 4 refused.");
    sub.callback([&parsed] {
        parsed.who.room = parse_room(parsed.who.room).value_or("");
        parsed.arguments.task = parsed.who;
    });
}

void add_calculator(ProgramOptions& app, Parsed& parsed) {
    const CommandOptions sub = app.add_subcommand("calc", "Have the server calculate lines such as 4.5 / -6");
    add_connection_options(sub, parsed);
    add_name_option(sub, parsed, "Login name; without it you are asked");
    sub.footer(
        "Exit status: 0 ended with q, 1 no server or connection lost, 2 usage error,\n"
        "4 refused.");
    sub.callback([&parsed] { parsed.arguments.task = CalculatorOptions{}; });
}

void add_datetime(ProgramOptions& app, Parsed& parsed) {
    const CommandOptions sub = app.add_subcommand("datetime", "Ask for date and time over UDP, repeatedly");
    add_connection_options(sub, parsed);
    sub.add("-e,--every", parsed.gap, "Seconds between rounds, at random (default 1-2)").placeholder("FROM-TO");
    sub.add("-c,--count", parsed.datetime.rounds, "Exit after N rounds")
        .placeholder("N")
        .between(1, 1'000'000'000, true);
    sub.footer("Exit status: 0 every question was answered, 1 some were not, 2 usage error.");
    sub.callback([&parsed] {
        read_gap(parsed.gap, parsed.datetime);
        parsed.arguments.task = parsed.datetime;
    });
}

void add_echo(ProgramOptions& app, Parsed& parsed) {
    const CommandOptions sub = app.add_subcommand("echo", "Have the server send a text back, over TCP or UDP");
    add_connection_options(sub, parsed);
    sub.add_flag("-u,--udp", parsed.datagram, "Over UDP, as a datagram");
    sub.add("text", parsed.words, "What to send").required().placeholder("TEXT");
    sub.footer("Exit status: 0 it came back, 1 no server or no answer, 2 usage error, 4 refused.");
    sub.callback([&parsed] {
        std::string text = joined(parsed.words);
        if (!parsed.datagram && text.find_first_of("\r\n") != std::string::npos)
            reject("TEXT", "a text cannot contain a line end");
        parsed.arguments.task = EchoOptions{std::move(text), parsed.datagram};
    });
}

}  // namespace

CommandLine read_command_line(int argc, const char* const* argv) {
    Parsed parsed;
    CommandLine result;
    ProgramOptions app("chat-client", "Talk to the people on a chat server. In the chat, /help lists the commands.");
    app.footer("Exit status: 0 left, 1 no server, refused or connection lost, 2 usage error.");
    app.version("-V,--version", "chat-client " CHAT_VERSION, "Print the version and exit");
    app.help("-h,--help", "Print this help and exit");
    app.allow_subcommand();
    app.compact();
    app.column_width(28);
    add_connection_options(app, parsed);
    app.add("-n,--name", parsed.arguments.name, "Login name; without it you are asked")
        .placeholder("NAME")
        .may_be_empty();
    add_login_options(app, parsed);
    app.add_flag("-g,--guest", parsed.arguments.guest, "Keep the name that the server assigns");
    app.add_flag("-p,--plain", parsed.plain, "Lines in, lines out: no editing, no colours");
    app.add("--config", parsed.file, "Settings (default ~/.config/chat/client.toml)").placeholder("FILE");
    app.callback([&parsed] {
        if (parsed.arguments.guest && parsed.arguments.name) reject("--guest", "cannot be combined with --name");
        if (parsed.tls == false && !parsed.fingerprint.empty()) reject("--fingerprint", "needs TLS");
        if (parsed.tls == false && !parsed.certificate.empty()) reject("--certificate", "needs TLS");
    });
    add_send(app, parsed);
    add_sendfile(app, parsed);
    add_tail(app, parsed);
    add_who(app, parsed);
    add_calculator(app, parsed);
    add_datetime(app, parsed);
    add_echo(app, parsed);
    app.text_begins_with_anything("send");
    app.text_begins_with_anything("echo");
    try {
        if (const auto end = app.parse(argc, argv)) {
            result.exit_status = *end == 0 ? exit_status::done : exit_status::usage;
            return result;
        }
        parsed.arguments.configuration =
            load_configuration(parsed.file.value_or(configuration_path()), parsed.file.has_value());
        choose_server(parsed);
        read_certificate(parsed);
        read_password(parsed, std::holds_alternative<TalkOptions>(parsed.arguments.task));
        parsed.arguments.configuration.plain |= parsed.plain;
    } catch (const ConfigurationError& error) {
        std::fprintf(stderr, "chat-client: %s\n", printable(error.what()).c_str());
        result.exit_status = exit_status::usage;
    }
    result.arguments = std::move(parsed.arguments);
    return result;
}

}  // namespace chat
