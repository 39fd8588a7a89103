// chat-client: connects, asks for a name and chats, or runs a subcommand.
#include "client/arguments.h"
#include "client/files/file_companion.h"
#include "client/net/connection.h"
#include "client/net/login_ticket.h"
#include "client/net/tls_handshake.h"
#include "client/process.h"
#include "client/scripts/calculation.h"
#include "client/scripts/session.h"
#include "client/scripts/who.h"
#include "client/talk/chat.h"
#include "client/talk/ignoring.h"
#include "client/talk/startup.h"
#include "client/terminal/terminal.h"
#include "shared/system/standard_descriptors.h"
#include "shared/text/printable.h"

#include <langinfo.h>

#include <algorithm>
#include <clocale>
#include <cstdio>
#include <cstdlib>
#include <exception>
#include <memory>
#include <string_view>
#include <utility>
#include <variant>

namespace {

// The wire is UTF-8 whatever the locale; readline has to move by characters, and asks the environment.
void use_utf8() {
    (void)std::setlocale(LC_ALL, "");
    if (std::string_view(::nl_langinfo(CODESET)) == "UTF-8") return;
    ::setenv("LC_ALL", "C.UTF-8", 1);
    (void)std::setlocale(LC_ALL, "");
}

void report_problem(const char* problem) {
    std::fprintf(stderr, "chat-client: %s\n", chat::printable(problem).c_str());
}

int talk(const chat::Arguments& arguments) {
    chat::Signals signals;
    chat::Configuration configuration = arguments.configuration;
    chat::Terminal terminal({.plain = configuration.plain,
                             .colours = configuration.colours,
                             .title = configuration.title,
                             .wraps = true,
                             .history_path = chat::input_history_path(),
                             .history_lines = configuration.input_history});
    chat::Visitor visitor;
    if (const auto& name = arguments.name || arguments.guest ? arguments.name : configuration.name) {
        visitor.name = chat::trimmed(*name);
        visitor.secret = arguments.secret;
        if (visitor.name->empty()) {
            if (!terminal.is_interactive()) {
                std::fprintf(stderr, "%s\n", chat::empty_name.data());
                return 1;
            }
            terminal.show(chat::empty_name);
            visitor.name.reset();
        } else if (!terminal.is_interactive() && chat::can_be_sent(*visitor.name) && !chat::is_name(*visitor.name)) {
            report_problem(chat::problem_of_name(*visitor.name).c_str());
            return chat::exit_status::usage;
        }
    }
    visitor.is_to_be_asked = !visitor.name && !arguments.guest && terminal.is_interactive();
    if (!visitor.name && !arguments.guest && !terminal.is_interactive()) {
        auto answer = chat::ask_name(terminal, signals);
        if (!answer.name) return answer.exit_status;
        visitor = {std::move(answer.name), true, std::move(answer.secret)};
    }

    auto connected = chat::connect_in_front_of(terminal, signals, configuration.server);
    if (!connected.complaint.empty()) {
        terminal.stop();
        terminal.refresh();
        chat::complain(terminal, connected.complaint, connected.hint);
    }
    if (!connected.stream) return connected.exit_status;
    configuration.server = std::move(connected.server);  // from now on the same way
    chat::Connection connection(std::move(connected.stream));
    chat::Chat chat(terminal, signals, configuration, std::move(connection), std::move(visitor));
    chat.add_companion(std::make_unique<chat::Ignoring>(configuration.ignore));
    chat.add_companion(std::make_unique<chat::FileCompanion>(
        chat::FileOptions{.directory = configuration.download_directory,
                          .auto_accept_mb = configuration.auto_accept_mb,
                          .auto_accept_hourly_mb = configuration.auto_accept_hourly_mb}));
    return chat.run();
}

// One function per task.
struct Run {
    const chat::Arguments& arguments;

    [[nodiscard]] chat::SessionLogin login() const {
        return {arguments.name, arguments.secret,
                chat::login_socket_of(arguments.configuration.server, arguments.configuration.login_socket)};
    }

    int operator()(const chat::TalkOptions&) const { return talk(arguments); }
    int operator()(const chat::SendOptions& options) const {
        return chat::run_send(arguments.configuration.server, login(), options);
    }
    int operator()(chat::SendfileOptions options) const {
        options.plain = arguments.configuration.plain;
        return chat::run_sendfile(arguments.configuration.server, login(), options);
    }
    int operator()(chat::TailOptions options) const {
        options.directory = arguments.configuration.download_directory;
        options.hourly_mb =
            std::max(arguments.configuration.auto_accept_hourly_mb, arguments.configuration.auto_accept_mb);
        return chat::run_tail(arguments.configuration.server, login(), options);
    }
    int operator()(const chat::WhoOptions& options) const {
        return chat::run_who(arguments.configuration.server, login(), options);
    }
    int operator()(const chat::CalculatorOptions&) const {
        return chat::run_calculator(arguments.configuration.server, login());
    }
    int operator()(const chat::DatetimeOptions& options) const {
        return chat::run_datetime(arguments.configuration.server, options);
    }
    int operator()(const chat::EchoOptions& options) const {
        return chat::run_echo(arguments.configuration.server, options);
    }
};

}  // namespace

int main(int argc, char** argv) try {
    chat::keep_tls_until_the_end();
    chat::keep_standard_descriptors();
    use_utf8();
    const chat::CommandLine command_line = chat::read_command_line(argc, argv);
    if (command_line.exit_status) return *command_line.exit_status;
    const int status = std::visit(Run{command_line.arguments}, command_line.arguments.task);
    if (std::fflush(stdout) == 0 && std::ferror(stdout) == 0) return status;
    // The chat has reported it.
    if (!std::holds_alternative<chat::TalkOptions>(command_line.arguments.task))
        report_problem("cannot write to standard output");
    return chat::exit_status::trouble;
} catch (const chat::Interrupted& interrupted) {
    return chat::exit_status::signalled + interrupted.signal;
} catch (const chat::Refused& refused) {
    report_problem(refused.what());
    return chat::exit_status::refused;
} catch (const std::exception& error) {
    report_problem(error.what());
    return chat::exit_status::trouble;
}
