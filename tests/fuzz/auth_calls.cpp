// What arrives on chat-auth's socket: a message is a request with all its parameters, or it is refused with an error.
#include "chat-auth/calls.h"
#include "tests/fuzz/check.h"

#include <cstddef>
#include <cstdint>
#include <string_view>
#include <variant>

using namespace chat;
using fuzz::require;

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
    const std::string_view message(reinterpret_cast<const char*>(data), size);
    const auto call = varlink::parse_call(message.substr(0, message.find('\0')));
    if (!call) return 0;
    const auto read = read_auth_call(*call);
    if (const auto* reply = std::get_if<varlink::Reply>(&read)) {
        require(!varlink::encode(*reply).empty(), "a reply can be sent");
        return 0;
    }
    const auto& request = std::get<AuthRequest>(read);
    require(!is_of_person(request.method) || request.key.has_value(), "a person's call has a key");
    return 0;
}
