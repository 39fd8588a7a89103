// `chatctl backup`: an archive of what the server keeps, made while it serves.
#pragma once

#include "control/arguments.h"

namespace chat {

int make_backup(const Arguments& arguments);

}  // namespace chat
