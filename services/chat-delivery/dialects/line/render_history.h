// Renders pages of history.
#pragma once

#include "shared/records/record.h"

#include <string>

namespace chat {

// The rows of a page and its closing line.
void append_history(std::string& out, const Record& record);

}  // namespace chat
