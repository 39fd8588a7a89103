// Settings that are incompatible although each of them is valid.
#pragma once

#include "shared/system/config.h"

namespace chat {

// Throws ConfigError.
void check_together(const Config& config);

}  // namespace chat
