// Settings that cannot work together.
#pragma once

#include "shared/system/config.h"

namespace chat {

// Throws ConfigError, which says what would work.
void check_together(const Config& config);

}  // namespace chat
