// What acts ask chat-auth, and what it answers, as the text of a question and of an answer (question.h).
#pragma once

#include "chat-acceptor/questions/question.h"
#include "shared/memory/tls_facts.h"
#include "shared/records/error_code.h"
#include "shared/system/clock.h"

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>

namespace chat {

struct AccountQuestion {
    enum class What : std::uint8_t {
        login,
        register_name,
        change_password,
        reset_password,
        login_with_certificate,
        add_certificate,
        remove_certificate,  // all of the account, if the client has none
        check_secret,        // against `verifier`
    };
    What what = What::login;
    std::string_view address = {};  // of the client, without its port
    std::string_view name = {};
    std::uint64_t account = 0;
    std::string_view secret = {};
    std::string_view new_secret = {};
    std::string_view token = {};
    std::string_view policy = {};
    std::string_view script = {};  // login: socket of the program that checks passwords
    std::string_view verifier = {};
    std::uint64_t least = 0;
    std::uint64_t names_at_once = 0;  // register_name: by one address without a token; 0: any number
    Fingerprint fingerprint = {};     // of the client's certificate

    [[nodiscard]] Question question() const;
    // Views into the text; empty if it is not such a question.
    [[nodiscard]] static std::optional<AccountQuestion> of(std::string_view text);
};

struct AccountAnswer {
    std::optional<ErrorCode> refusal = {};
    std::uint64_t account = 0;
    std::string_view name = {};
    Microseconds since = 0;
    std::uint64_t failed = 0;
    std::string_view rest = {};  // what was added to it: kept_question.h

    [[nodiscard]] Answer answer() const;
    // Empty if no answer came.
    [[nodiscard]] static std::optional<AccountAnswer> of(const Answer& answer);
};

}  // namespace chat
