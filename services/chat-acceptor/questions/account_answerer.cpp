// From questions to calls.
#include "chat-acceptor/questions/account_answerer.h"

#include "chat-acceptor/questions/account_question.h"
#include "shared/text/hex.h"

#include <algorithm>
#include <utility>

namespace chat {
namespace {

using What = AccountQuestion::What;

Answer answer_of(const Json* reply) {
    if (reply == nullptr) return {};
    const std::string& outcome = (*reply)["outcome"].text();
    if (outcome != "ok") {
        const auto* word = std::find(error_words.begin(), error_words.end(), outcome);
        if (word == error_words.end()) return {};
        return AccountAnswer{.refusal = static_cast<ErrorCode>(word - error_words.begin())}.answer();
    }
    return AccountAnswer{.account = (*reply)["account"].natural(),
                         .name = (*reply)["name"].text(),
                         .since = static_cast<Microseconds>((*reply)["since"].natural()),
                         .failed = (*reply)["failed"].natural()}
        .answer();
}

}  // namespace

void AccountAnswerer::ask(const QuestionKey& key, std::string_view text, std::function<void(Answer)> done) {
    const auto question = AccountQuestion::of(text);
    if (!question) {
        done({});
        return;
    }
    const AccountQuestion& asked = *question;
    // Numbers of chat-auth's database have 63 bits.
    constexpr std::uint64_t mask = 0x7fff'ffff'ffff'ffff;
    Json parameters{{"segment", segment_ & mask},
                    {"session", key.session & mask},
                    {"position", key.position & mask},
                    {"address", asked.address}};
    const auto forward = [done](const Json* reply) { done(answer_of(reply)); };
    const auto call = [&](AuthClient::Call made) {
        made.parameters = parameters;
        made.again = key.again;
        client_->call(made, forward);
    };
    switch (asked.what) {
        case What::login:
            parameters.set("name", asked.name);
            parameters.set("policy", asked.policy);
            if (!asked.script.empty()) {
                parameters.set("script", asked.script);
                if (is_set(asked.fingerprint)) parameters.set("fingerprint", hex_of(asked.fingerprint));
            }
            call({.method = "Login",
                  .secrets = {{{"secret", asked.secret}}},
                  .names_change = true,
                  .slow = !asked.secret.starts_with("ticket:")});
            return;
        case What::register_name:
            parameters.set("name", asked.name);
            parameters.set("policy", asked.policy);
            parameters.set("least", asked.least);
            parameters.set("account", asked.account);
            parameters.set("names_at_once", asked.names_at_once);
            call({.method = "Register",
                  .secrets = {{{"secret", asked.secret}, {"token", asked.token}}},
                  .names_change = true,
                  .slow = true});
            return;
        case What::change_password:
            parameters.set("account", asked.account);
            parameters.set("least", asked.least);
            call({.method = "ChangePassword",
                  .secrets = {{{"secret", asked.secret}, {"new_secret", asked.new_secret}}},
                  .slow = true});
            return;
        case What::reset_password:
            parameters.set("name", asked.name);
            parameters.set("least", asked.least);
            call({.method = "ResetPassword",
                  .secrets = {{{"token", asked.token}, {"new_secret", asked.new_secret}}},
                  .slow = true});
            return;
        case What::check_secret:
            call({.method = "CheckSecret",
                  .secrets = {{{"secret", asked.secret}, {"verifier", asked.verifier}}},
                  .slow = true});
            return;
        case What::login_with_certificate:
            parameters.set("name", asked.name);
            parameters.set("fingerprint", hex_of(asked.fingerprint));
            call({.method = "LoginWithCertificate"});
            return;
        case What::add_certificate:
        case What::remove_certificate:
            parameters.set("account", asked.account);
            if (is_set(asked.fingerprint)) parameters.set("fingerprint", hex_of(asked.fingerprint));
            call({.method = asked.what == What::add_certificate ? "AddCertificate" : "RemoveCertificate"});
            return;
    }
}

void NamesAnswerer::ask(const QuestionKey& /*key*/, std::string_view /*text*/, std::function<void(Answer)> done) {
    client_->when_loaded(
        [done = std::move(done)](bool loaded) { done({.came = loaded, .text = {}, .is_preliminary = loaded}); });
}

}  // namespace chat
