// How we prove that a name is ours, and what a person types about that.
#pragma once

#include <optional>
#include <string>
#include <string_view>

namespace chat {

struct Credentials {
    std::string secret = {};    // a password; empty: a ticket, or the certificate of the connection
    bool is_logged_in = false;  // the server has confirmed it: the session uses an account
    bool is_typed = false;      // it was typed unseen, at a question for it

    // "/login NAME SECRET", or without the secret.
    [[nodiscard]] std::string login(std::string_view name) const;
};

inline constexpr std::string_view empty_name = "Username can't be empty";
inline constexpr std::string_view has_blank = "A password cannot contain spaces.";

// In words, for a text that is_name() does not accept.
[[nodiscard]] std::string problem_of_name(std::string_view text);
// What stands at the prompt where the password is typed.
[[nodiscard]] std::string password_prompt(std::string_view name);
// Why `secret` cannot be sent; empty: it can.
[[nodiscard]] std::string problem_of_secret(std::string_view secret);

// The answer to the question for a name: a name, or `/login NAME` with or without a password.
struct NameTyped {
    std::string name;
    std::string secret;
    std::string problem;  // it is neither
};
[[nodiscard]] NameTyped parse_name_typed(std::string_view line);

// The first line of a file that nobody else may read. Throws std::runtime_error, in words for people.
[[nodiscard]] std::string read_password_file(const std::string& path);

}  // namespace chat
