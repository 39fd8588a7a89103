// Packing questions and answers.
#include "chat-acceptor/questions/kept_question.h"

#include "chat-acceptor/questions/account_question.h"
#include "shared/records/packing.h"

namespace chat {
namespace {

// No answer of chat-auth begins like this.
constexpr std::uint32_t begin_of_kept = 0x7470'656b;

// Takes it off the text, if the text begins with it.
bool takes_begin(std::string_view& text) noexcept {
    std::string_view from = text;
    std::uint32_t begin = 0;
    if (!take(from, begin) || begin != begin_of_kept) return false;
    text = from;
    return true;
}

}  // namespace

Question KeptQuestion::question() const {
    std::string text;
    pack(text, what, account, received.upto, received.since, after, bytes);
    text += login;
    Question question{Authority::kept, Secret(text)};
    if (what == What::page) question.after_sessions_of = account;
    return question;
}

std::optional<KeptQuestion> KeptQuestion::of(std::string_view text) {
    KeptQuestion asked;
    if (!take(text, asked.what, asked.account, asked.received.upto, asked.received.since, asked.after, asked.bytes) ||
        asked.what > What::page)
        return std::nullopt;
    asked.login = text;
    return asked;
}

Answer KeptAnswer::answer(std::string_view login) const {
    Answer answer{.came = true, .text = std::string(login)};
    pack(answer.text, begin_of_kept, account, upto, count, last, more);
    answer.text += rows;
    return answer;
}

Answer KeptAnswer::unknown(std::string_view login) {
    Answer answer{.came = true, .text = std::string(login)};
    pack(answer.text, begin_of_kept);
    return answer;
}

std::optional<KeptAnswer> KeptAnswer::of(const Answer& answer) {
    KeptAnswer read;
    std::string_view text = answer.text;
    if (!takes_begin(text)) {
        const auto login = AccountAnswer::of(answer);
        text = login ? login->rest : std::string_view();
        if (!takes_begin(text)) return std::nullopt;
    }
    if (!answer.came || !take(text, read.account, read.upto, read.count, read.last, read.more)) return std::nullopt;
    read.rows = text;
    return read;
}

}  // namespace chat
