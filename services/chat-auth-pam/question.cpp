// Reading and writing, on top of the JSON value.
#include "chat-auth-pam/question.h"

#include "shared/text/json.h"
#include "shared/text/text_rules.h"

#include <algorithm>

namespace chat {
namespace {

constexpr std::size_t most_nested = 4;

// What no name of a user has, but paths, lists, options and lines of programs have.
bool is_user_name(std::string_view name) {
    constexpr std::string_view never = " \t/:,;\\\"'`$&|<>*?()[]{}=";
    return !name.empty() && name.size() <= most_user_name && name.front() != '-' && is_clean_text(name) &&
           name.find_first_of(never) == std::string_view::npos;
}

bool is_address(std::string_view address) {
    return address.size() <= most_address_text && std::all_of(address.begin(), address.end(), [](char c) {
               return (c >= '0' && c <= '9') || (lower_case(c) >= 'a' && lower_case(c) <= 'z') || c == '.' ||
                      c == ':' || c == '%';
           });
}

bool is_passphrase(std::string_view passphrase) {
    return !passphrase.empty() && passphrase.size() < most_passphrase &&
           passphrase.find('\0') == std::string_view::npos;
}

std::string line_of(const Json& answer) {
    return answer.dump() + '\n';
}

}  // namespace

std::optional<Question> read_question(std::string_view line) {
    if (line.size() > most_question) return std::nullopt;
    const auto json = Json::parse(line, most_nested);
    if (!json) return std::nullopt;
    const std::string& name = (*json)["accountName"].text();
    const std::string& passphrase = (*json)["passphrase"].text();
    const std::string& address = (*json)["ip"].text();
    if (!is_user_name(name) || !is_passphrase(passphrase) || !is_address(address)) return std::nullopt;
    return Question{.name = fold_case(name), .passphrase = Secret(passphrase), .address = address};
}

std::string accepting_answer(const std::string& name) {
    return line_of({{"success", true}, {"accountName", name}, {"error", ""}});
}

std::string refusing_answer() {
    return line_of({{"success", false}, {"accountName", ""}, {"error", ""}});
}

std::string failing_answer(const std::string& problem) {
    return line_of({{"accountName", ""}, {"error", problem}});
}

}  // namespace chat
