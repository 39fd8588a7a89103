// The spelling of requests and answers on chat-auth's sockets: Varlink. org.chat.Auth.varlink and
// org.chat.Login.varlink explain the methods.
#pragma once

#include "chat-auth/request.h"
#include "shared/system/varlink.h"

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <variant>
#include <vector>

namespace chat {

inline constexpr std::string_view auth_interface = "org.chat.Auth";
inline constexpr std::string_view login_interface = "org.chat.Login";

// A call becomes a request, or it is answered without one: it is a standard call, or its method or a parameter is
// wrong.
[[nodiscard]] std::variant<AuthRequest, varlink::Reply> read_auth_call(const varlink::Call& call);

[[nodiscard]] varlink::Reply auth_reply(const AuthAnswer& answer);
// An error of org.chat.Auth.
[[nodiscard]] varlink::Reply auth_error(std::string_view name);

// The same for calls of a local user, `uid`, on the socket for logins: org.chat.Login.varlink.
[[nodiscard]] std::variant<AuthRequest, varlink::Reply> read_login_call(const varlink::Call& call, std::uint32_t uid);
[[nodiscard]] varlink::Reply login_reply(const AuthAnswer& answer);
[[nodiscard]] varlink::Reply login_error(std::string_view name);

// For tests: the methods in the order of the description, and the parameters of one, the optional ones with a "?".
[[nodiscard]] std::vector<std::string_view> auth_method_names();
[[nodiscard]] std::vector<std::string> auth_parameter_names(std::string_view method);

}  // namespace chat
