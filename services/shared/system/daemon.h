// What both daemons share around their work: arguments, status for the service manager, and the one place where main
// catches and logs a fatal error.
#pragma once

#include "shared/system/config.h"

#include <chrono>
#include <functional>
#include <string>

namespace chat {

// Exit statuses from sysexits.h. The units do not restart after `bad_configuration`.
inline constexpr int exit_trouble = 1;
inline constexpr int exit_bad_configuration = 78;

// A problem that only an administrator can fix: the process ends with exit_bad_configuration.
class SetupError : public std::runtime_error {
  public:
    using std::runtime_error::runtime_error;
};

struct DaemonOptions {
    Config config;
    ConfigSources sources;
    std::string state_directory;
    std::string instance;
    std::string link_path;
    std::string auth_path;
};

// Runs `body` and returns its exit status. What it throws is logged once and becomes an exit status.
[[nodiscard]] int run_to_end(const std::function<int()>& body);

// For a process that handles passwords: they must not get into a core file, nor be read by a debugger of the same user.
void keep_memory_private();

// Parses the arguments, loads the configuration and returns the result of `body` as the exit status. Logs errors once
// and turns them into an exit status.
int run_daemon(const char* name, int argc, char** argv, const std::function<int(const DaemonOptions&)>& body);

// SIGHUP: loads the configuration again, as at startup, and passes it to `apply`; settings that need a restart keep
// their values and are listed in the journal. An invalid configuration changes nothing. Returns the error for the
// status, or an empty text; the caller then calls notify_ready().
[[nodiscard]] std::string reload_configuration(DaemonOptions& options, const std::function<void(const Config&)>& apply);

// sd_notify(3): does nothing without a service manager.
void notify_ready(const std::string& status);
void notify_status(const std::string& status);
void notify_stopping();

// systemd restarts a service after RestartSec=, but up to 250 ms late unless something wakes it. So a daemon whose peer
// is gone sends its status at this interval, for this long.
inline constexpr std::chrono::milliseconds wake_manager_interval{20};
inline constexpr std::chrono::milliseconds wake_manager_for{1000};
void notify_watchdog();

}  // namespace chat
