// What both daemons do alike around their work: arguments, telling the service manager how they are, and main's one
// place where a fatal error is caught and logged.
#pragma once

#include "shared/system/config.h"

#include <chrono>
#include <functional>
#include <string>

namespace chat {

// Exit statuses of sysexits.h. The units do not restart after `bad_configuration`.
inline constexpr int exit_trouble = 1;
inline constexpr int exit_bad_configuration = 78;

// Whose trouble only an administrator can mend: the process ends with exit_bad_configuration.
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
};

// Parses the arguments, loads the configuration and calls `body`, whose result is the exit status. Errors are logged
// once and become an exit status.
int run_daemon(const char* name, int argc, char** argv, const std::function<int(const DaemonOptions&)>& body);

// SIGHUP: reads the configuration again, as at the start, and gives `apply` the new one; settings that wait for a start
// keep their values, and the journal says which. A configuration with a mistake changes nothing. Returns what is wrong
// with it, for the status, or an empty text; the caller then says notify_ready().
[[nodiscard]] std::string reload_configuration(DaemonOptions& options, const std::function<void(const Config&)>& apply);

// sd_notify(3): nothing happens where there is no service manager.
void notify_ready(const std::string& status);
void notify_status(const std::string& status);
void notify_stopping();

// systemd starts a service again when RestartSec= has passed, but looks up to 250 ms late unless something wakes it. So
// a daemon whose peer is gone sends its status this often, for so long.
inline constexpr std::chrono::milliseconds wake_manager_interval{20};
inline constexpr std::chrono::milliseconds wake_manager_for{1000};
void notify_watchdog();

}  // namespace chat
