// The capabilities that clients can ask for (IRCv3 capability negotiation).
#pragma once

#include "chat-acceptor/dialects/irc/request.h"

#include <cstdint>
#include <string>
#include <string_view>

namespace chat::irc {

[[nodiscard]] inline bool has_capability(const Request& request, std::uint32_t capability) noexcept {
    return (request.irc().capabilities & capability) != 0;
}
// The line's tags, if they are passed on with its message: the client may send tags, and has sent some. Otherwise
// empty.
[[nodiscard]] inline std::string_view passed_tags(const Request& request) noexcept {
    const std::string_view tags = request.line->tags;
    return has_client_tags(tags) && has_capability(request, irc_capability::message_tags) ? tags : std::string_view{};
}
// Those that this client can have.
[[nodiscard]] std::uint32_t offered_bits(const Request& request);
// The names of these, separated by spaces.
[[nodiscard]] std::string names_of_capabilities(std::uint32_t capabilities, bool shows_values = false);
// After a request for these, in which a minus turns one off: all of them or none. Empty: one cannot be had.
[[nodiscard]] std::optional<std::uint32_t> change_capabilities(const Request& request, std::string_view wanted);

}  // namespace chat::irc
