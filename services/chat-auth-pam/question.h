// The question and the answer of a connection: one JSON object in a line each, as Ergo's auth-script. The question has
// accountName, passphrase, certfp and ip; the answer accountName, error and, if there is a verdict, success.
#pragma once

#include "shared/system/secret.h"

#include <optional>
#include <string>
#include <string_view>

namespace chat {

inline constexpr std::size_t most_question = 8192;     // bytes of the line
inline constexpr std::size_t most_user_name = 256;     // bytes
inline constexpr std::size_t most_passphrase = 512;    // bytes: PAM_MAX_RESP_SIZE, with which PAM ends each answer
inline constexpr std::size_t most_address_text = 128;  // bytes

struct Question {
    // Of the user, in lower case: names in the chat ignore case, and two users must not share an account.
    std::string name;
    Secret passphrase;
    std::string address;  // of the client; may be empty
};

// Empty if PAM cannot be asked: the line is malformed, there is no passphrase, or a value has characters that a module,
// which is written in C and may start programs, could mistake for something else.
[[nodiscard]] std::optional<Question> read_question(std::string_view line);

// The answers are lines.
[[nodiscard]] std::string accepting_answer(const std::string& name);
[[nodiscard]] std::string refusing_answer();
// Nobody knows whether the passphrase is right.
[[nodiscard]] std::string failing_answer(const std::string& problem);

}  // namespace chat
