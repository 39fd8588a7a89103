// The spelling of requests and answers on chat-auth's socket: Varlink. org.chat.Auth.varlink explains the methods.
#pragma once

#include "chat-auth/request.h"
#include "shared/system/varlink.h"

#include <optional>
#include <string>
#include <string_view>
#include <variant>
#include <vector>

namespace chat {

inline constexpr std::string_view auth_interface = "org.chat.Auth";

// A call becomes a request, or it is answered without one: it is a standard call, or its method or a parameter is
// wrong.
[[nodiscard]] std::variant<AuthRequest, varlink::Reply> read_auth_call(const varlink::Call& call);

[[nodiscard]] varlink::Reply auth_reply(const AuthAnswer& answer);
// An error of org.chat.Auth.
[[nodiscard]] varlink::Reply auth_error(std::string_view name);

// For tests: the methods in the order of the description, and the parameters of one, the optional ones with a "?".
[[nodiscard]] std::vector<std::string_view> auth_method_names();
[[nodiscard]] std::vector<std::string> auth_parameter_names(std::string_view method);

}  // namespace chat
