// What the commands share: asking the server, telling its errors in words, and printing.
#pragma once

#include "control/arguments.h"
#include "shared/system/varlink.h"

#include <string>
#include <string_view>

namespace chat {

// For questions, which are asked again when the server dies before it has answered. `list` names the member of the
// answer that is a list and may come in several replies. Throws Failure.
[[nodiscard]] Json ask(const Arguments& arguments, std::string_view method, const char* list = nullptr);
[[nodiscard]] Json ask(const Arguments& arguments, std::string_view method, Json parameters);

// For acts, which state whose they are (`operator`): done once, or not, or it is not known; and says which. Throws
// Failure.
Json act(const Arguments& arguments, std::string_view method, Json parameters);

// Throws the Failure that an error reply amounts to.
[[noreturn]] void fail_for(const varlink::Reply& reply);

[[nodiscard]] varlink::Call call_of(std::string_view method, Json parameters, bool more);

// To standard output, at once. Throws Failure where that cannot be written.
void print(const std::string& text);
void print_document(const Json& json);

}  // namespace chat
