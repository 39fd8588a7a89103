// Names and passwords as they are typed or kept: see credentials.h.
#include "client/talk/credentials.h"

#include "client/private_file.h"
#include "shared/text/line.h"
#include "shared/text/text_rules.h"

#include <unistd.h>

#include <algorithm>
#include <array>
#include <cerrno>
#include <cstddef>
#include <stdexcept>
#include <system_error>

namespace chat {

namespace {

constexpr std::size_t longest_secret = 1024;

[[noreturn]] void fail(const std::string& path, const std::string& problem) {
    throw std::runtime_error(path + ": " + problem);
}

}  // namespace

std::string Credentials::login(std::string_view name) const {
    return "/login " + std::string(name) + (secret.empty() ? "" : " ") + secret;
}

std::string problem_of_name(std::string_view text) {
    return "'" + std::string(text) +
           "' is not a name: it has 1 to 32 letters, digits and _ . - [ ] { } \\ | ^ ` and begins with none of 0-9 . -";
}

std::string password_prompt(std::string_view name) {
    return "Password for " + std::string(name) + ": ";
}

std::string problem_of_secret(std::string_view secret) {
    if (secret.find(' ') != std::string_view::npos) return std::string(has_blank);
    return is_clean_text(secret) ? "" : "A password cannot contain control characters.";
}

NameTyped parse_name_typed(std::string_view line) {
    const std::string typed = trimmed(line);
    if (!typed.starts_with('/')) {
        const bool has_blanks = typed.find(' ') != std::string::npos;
        return {typed, {}, has_blanks ? "A name cannot contain spaces." : typed.empty() ? std::string(empty_name) : ""};
    }
    const auto [command, arguments] = split_first_word(typed);
    const auto words = words_of(arguments);
    if (!equal_ignoring_case(command, "/login") && !equal_ignoring_case(command, "/nick"))
        return {{}, {}, "Log in first: type a name, or /login NAME; /quit leaves."};
    if (words.empty()) return {{}, {}, std::string(empty_name)};
    if (words.size() > 2) return {{}, {}, std::string(has_blank)};
    return {std::string(words[0]), words.size() == 2 ? std::string(words[1]) : "", {}};
}

std::string read_password_file(const std::string& path) {
    const UniqueFd file = open_private_file(path);
    std::string text;
    std::array<char, longest_secret> bytes{};
    while (text.find('\n') == std::string::npos && text.size() <= longest_secret) {
        const ssize_t count = ::read(file.get(), bytes.data(), bytes.size());
        if (count < 0 && errno == EINTR) continue;
        if (count < 0) fail(path, std::generic_category().message(errno));
        if (count == 0) break;
        text.append(bytes.data(), static_cast<std::size_t>(count));
    }
    text.resize(std::min(text.find('\n'), text.size()));
    if (text.ends_with('\r')) text.pop_back();
    if (text.empty()) fail(path, "there is no password in its first line");
    if (const std::string problem = problem_of_secret(text); !problem.empty()) fail(path, problem);
    return text;
}

}  // namespace chat
