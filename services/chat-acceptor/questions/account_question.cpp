// Packing questions and answers.
#include "chat-acceptor/questions/account_question.h"

#include "chat-acceptor/questions/auth_client.h"
#include "shared/records/packing.h"

namespace chat {
namespace {

// Secrets may be longer than packing.h allows for a text.
void put(Secret& out, std::string_view text) {
    const auto size = static_cast<std::uint32_t>(text.size());
    out.append({reinterpret_cast<const char*>(&size), sizeof size});
    out.append(text);
}
void put(Secret& out, std::uint64_t number) {
    out.append({reinterpret_cast<const char*>(&number), sizeof number});
}

bool get(std::string_view& from, std::string_view& text) {
    std::uint32_t size = 0;
    return take(from, size) && take_text(from, size, text);
}

constexpr std::uint32_t no_refusal = 0xffff'ffff;

}  // namespace

Question AccountQuestion::question() const {
    Question question{Authority::accounts, {}};
    Secret& text = question.text;
    put(text, static_cast<std::uint64_t>(what));
    put(text, account);
    put(text, least);
    put(text, names_at_once);
    for (const std::string_view part : {address, name, secret, new_secret, token, policy, script, verifier})
        put(text, part);
    text.append({reinterpret_cast<const char*>(fingerprint.data()), fingerprint.size()});
    question.timeout = AuthClient::answer_timeout;
    return question;
}

std::optional<AccountQuestion> AccountQuestion::of(std::string_view text) {
    AccountQuestion question;
    std::uint64_t what = 0;
    if (!take(text, what, question.account, question.least, question.names_at_once) || !get(text, question.address) ||
        !get(text, question.name) || !get(text, question.secret) || !get(text, question.new_secret) ||
        !get(text, question.token) || !get(text, question.policy) || !get(text, question.script) ||
        !get(text, question.verifier) || !take(text, question.fingerprint) ||
        what > static_cast<std::uint64_t>(What::check_secret))
        return std::nullopt;
    question.what = static_cast<What>(what);
    return question;
}

Answer AccountAnswer::answer() const {
    Answer answer{.came = true, .text = {}};
    pack(answer.text, refusal ? static_cast<std::uint32_t>(*refusal) : no_refusal, account, since, failed, name);
    return answer;
}

std::optional<AccountAnswer> AccountAnswer::of(const Answer& answer) {
    AccountAnswer read;
    std::uint32_t refusal = 0;
    std::string_view text = answer.text;
    if (!answer.came || !take(text, refusal, read.account, read.since, read.failed, read.name)) return std::nullopt;
    if (refusal != no_refusal) read.refusal = static_cast<ErrorCode>(refusal);
    read.rest = text;
    return read;
}

}  // namespace chat
