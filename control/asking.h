// What the commands share: asking the server, reporting its errors in words, and printing.
#pragma once

#include "control/arguments.h"
#include "shared/system/varlink.h"

#include <string>
#include <string_view>

namespace chat {

// For questions, which are repeated if the server dies before it has answered. `list` names the member of the answer
// that is a list and may be spread over several replies. Throws Failure.
[[nodiscard]] Json ask(const Arguments& arguments, std::string_view method, const char* list = nullptr);
[[nodiscard]] Json ask(const Arguments& arguments, std::string_view method, Json parameters);

// For acts, which state the user that performs them (`operator`) and are never repeated. Throws Failure, which says
// whether the act was refused or its outcome is unknown.
Json act(const Arguments& arguments, std::string_view method, Json parameters);

// Throws the Failure that corresponds to an error reply.
[[noreturn]] void fail_for(const varlink::Reply& reply);

[[nodiscard]] varlink::Call call_of(std::string_view method, Json parameters, bool more);

// Writes to standard output at once. Throws Failure if that fails.
void print(const std::string& text);
void print_document(const Json& json);

}  // namespace chat
