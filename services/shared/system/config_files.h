// Which configuration files there are. Only a missing file is no file: one that cannot be read may hold settings that
// must be in force.
#pragma once

#include "shared/system/config.h"

#include <string>
#include <vector>

namespace chat {

// The files to read, in this order. Throws ConfigError if that cannot be found out.
[[nodiscard]] std::vector<std::string> configuration_files(const ConfigSources& sources);

}  // namespace chat
