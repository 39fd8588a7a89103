// Varlink, with secrets that are copied nowhere else.
#include "chat-acceptor/questions/auth_message.h"

#include <string>

namespace chat {
namespace {

constexpr std::string_view interface = "org.chat.Auth.";

// A JSON string. The text is UTF-8.
void append_quoted(Secret& out, std::string_view text) {
    out.append("\"");
    for (const char c : text) {
        constexpr unsigned char first_plain = 0x20;
        if (c == '"' || c == '\\') {
            out.append("\\");
            out.append({&c, 1});
        } else if (static_cast<unsigned char>(c) < first_plain) {
            constexpr std::string_view digits = "0123456789abcdef";
            const auto code = static_cast<unsigned char>(c);
            out.append("\\u00");
            out.append(digits.substr(code >> 4U, 1));
            out.append(digits.substr(code & 0xfU, 1));
        } else {
            out.append({&c, 1});
        }
    }
    out.append("\"");
}

}  // namespace

Secret encode_auth_call(const AuthCall& call, Microseconds deadline) {
    Secret message;
    message.append("{\"method\":\"");
    message.append(interface);
    message.append(call.method);
    message.append("\",\"parameters\":");
    Json parameters = call.parameters;
    if (!call.only_reads) parameters.set("deadline", deadline);
    const std::string text = parameters.dump();
    message.append(std::string_view(text).substr(0, text.size() - 1));
    for (const auto& [key, secret] : call.secrets) {
        if (secret.empty()) continue;
        message.append(",");
        append_quoted(message, key);
        message.append(":");
        append_quoted(message, secret);
    }
    message.append(std::string_view("}}\0", 3));
    return message;
}

}  // namespace chat
