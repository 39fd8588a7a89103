// A call to chat-auth, and how it is spelled on its socket.
#pragma once

#include "shared/system/clock.h"
#include "shared/system/secret.h"
#include "shared/text/json.h"

#include <array>
#include <string_view>
#include <utility>

namespace chat {

struct AuthCall {
    std::string_view method;  // without the interface
    Json parameters = Json::object();
    // Further parameters, without those that are empty: only the encoded call has a copy of them.
    std::array<std::pair<std::string_view, std::string_view>, 2> secrets = {};
    bool names_change = false;  // the answer's `name` is registered, perhaps since now
    bool name_ends = false;     // the answer's `name` is free now
    bool slow = false;          // chat-auth has to compute a hash
    bool only_reads = false;    // a late answer harms nobody
    bool again = false;         // an earlier process may have called, and chat-auth may have performed it
};

// `deadline`: steady time, which all processes of a machine share; chat-auth does nothing later.
[[nodiscard]] Secret encode_auth_call(const AuthCall& call, Microseconds deadline);

}  // namespace chat
