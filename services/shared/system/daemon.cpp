// Arguments, notification and the outermost catch.
#include "shared/system/daemon.h"

#include "shared/system/journal.h"
#include "shared/system/settings.h"
#include "shared/text/options.h"
#include "shared/text/text_rules.h"

#include <sys/prctl.h>
#include <sys/resource.h>
#include <sys/stat.h>
#include <systemd/sd-daemon.h>

#include <cstdio>
#include <cstdlib>
#include <ctime>
#include <exception>

namespace chat {
namespace {

constexpr std::string_view default_instance = "default";

std::string default_state_directory() {
    const char* given = std::getenv("STATE_DIRECTORY");
    return given != nullptr ? given : "/var/lib/chat";
}

void check_instance(const std::string& instance) {
    // The instance becomes part of a shared-memory object's name.
    if (instance.empty() || instance.size() > 64 || instance.find('/') != std::string::npos || !is_clean_text(instance))
        throw SetupError("--instance: expected a plain name of at most 64 bytes");
}

// Prints to the terminal or the unit's reload job: this is not a journal event of the daemon.
int check_configuration(const ConfigSources& sources) {
    try {
        (void)load_config(sources);
        return 0;
    } catch (const ConfigError& error) {
        std::fprintf(stderr, "%s\n", error.what());
        return exit_bad_configuration;
    }
}

}  // namespace

int run_to_end(const std::function<int()>& body) {
    try {
        return body();
    } catch (const ConfigError& error) {
        journal(Priority::error, "configuration", error.what());
        return exit_bad_configuration;
    } catch (const SetupError& error) {
        journal(Priority::error, "setup", error.what());
        return exit_bad_configuration;
    } catch (const std::exception& error) {
        journal(Priority::error, "fatal", error.what());
        return exit_trouble;
    }
}

void keep_memory_private() {
    (void)::prctl(PR_SET_DUMPABLE, 0);
    constexpr rlimit none{0, 0};
    (void)::setrlimit(RLIMIT_CORE, &none);
}

int run_daemon(const char* name, int argc, char** argv, const std::function<int(const DaemonOptions&)>& body) {
    const JournalSession session(name);
    DaemonOptions options;
    options.sources.file = "/etc/chat/chat.toml";
    options.sources.directory = "/etc/chat/conf.d";
    options.state_directory = default_state_directory();
    options.instance = default_instance;
    options.link_path = "/run/chat/delivery.sock";

    ProgramOptions arguments(name, "One of the two daemons of the chat server; started by systemd.");
    arguments.version("--version", CHAT_VERSION, "Display program version information and exit");
    const CommandOption file = arguments.add("--config", options.sources.file, "Configuration file").with_default();
    arguments.add("--config-directory", options.sources.directory, "Directory of further *.toml files").with_default();
    arguments.add("--state", options.state_directory, "Directory of the database").with_default();
    arguments.add("--instance", options.instance, "Name of the shared memory: /chat-INSTANCE").with_default();
    arguments.add("--link", options.link_path, "Socket on which chat-delivery listens for chat-acceptor")
        .with_default();
    arguments.add("--auth", options.auth_path,
                  "Socket on which chat-auth is called; auth.sock in the directory of the link if not given");
    arguments.add("--set", options.sources.assignments, "KEY=VALUE: one setting, which overrides the files")
        .one_at_a_time();
    bool only_check = false;
    arguments.add_flag("--check-configuration", only_check, "Check the configuration, report any error, and exit");
    return run_to_end([&]() -> int {
        if (const auto end = arguments.parse(argc, argv)) return *end;
        ::umask(0077);
        check_instance(options.instance);
        options.sources.file_must_exist = file.was_given();
        // Not the system's service, but one that somebody runs for themselves.
        options.sources.allows_plain_secrets = options.instance != default_instance;
        if (only_check) return check_configuration(options.sources);
        if (options.auth_path.empty())
            options.auth_path = options.link_path.substr(0, options.link_path.rfind('/') + 1) + "auth.sock";
        options.config = load_config(options.sources);
        return body(options);
    });
}

std::string reload_configuration(DaemonOptions& options, const std::function<void(const Config&)>& apply) {
    timespec now{};
    ::clock_gettime(CLOCK_MONOTONIC, &now);
    sd_notify(0,
              ("RELOADING=1\nMONOTONIC_USEC=" + std::to_string(now.tv_sec * 1'000'000 + now.tv_nsec / 1000)).c_str());
    Config fresh;
    try {
        fresh = load_config(options.sources);
    } catch (const ConfigError& error) {
        journal(Priority::error, "reload-refused", std::string("The configuration was not changed: ") + error.what());
        return std::string("configuration not reloaded: ") + error.what();
    }
    std::string changed;
    std::string waiting;
    for (const Setting* setting : changed_settings(options.config, fresh)) {
        std::string& list = setting->waits ? waiting : changed;
        list.append(list.empty() ? "" : ", ").append(setting->key);
        if (setting->waits) copy_setting(*setting, options.config, fresh);
    }
    options.config = fresh;
    apply(options.config);
    std::string message = "Configuration reloaded: " + (changed.empty() ? "nothing changed" : "changed " + changed);
    if (!waiting.empty()) message += "; needs a restart while no client is connected: " + waiting;
    journal(Priority::notice, "reloaded", message);
    return {};
}

void notify_ready(const std::string& status) {
    sd_notify(0, ("READY=1\nSTATUS=" + status).c_str());
}
void notify_status(const std::string& status) {
    sd_notify(0, ("STATUS=" + status).c_str());
}
void notify_stopping() {
    sd_notify(0, "STOPPING=1");
}
void notify_watchdog() {
    sd_notify(0, "WATCHDOG=1");
}

}  // namespace chat
