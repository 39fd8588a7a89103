// A program that checks passwords, behind a Unix socket: one JSON object in a line each way, as Ergo's auth-script. The
// question has accountName, passphrase, certfp and ip; the answer success, accountName and error. Without success,
// error is why nobody knows.
#pragma once

#include "chat-auth/request.h"
#include "shared/system/clock.h"

namespace chat {

inline constexpr Microseconds script_timeout = 4'000'000;

// Waits for the answer, at most that long. For threads that may.
[[nodiscard]] ScriptVerdict ask_script(const AuthRequest& request, Microseconds timeout = script_timeout);

}  // namespace chat
