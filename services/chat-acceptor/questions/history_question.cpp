// Packing questions and answers.
#include "chat-acceptor/questions/history_question.h"

#include "shared/records/packing.h"

namespace chat {
namespace {

constexpr std::uint32_t not_refused = 0xffff'ffff;

}  // namespace

Question HistoryQuestion::question() const {
    std::string text;
    pack(text, room, is_lobby, account, other, guest, opened, joined, registered, lowest, highest, since, until, middle,
         middle_at, select, limit, bytes, has_topics);
    return {Authority::history, Secret(text)};
}

std::optional<HistoryQuestion> HistoryQuestion::of(std::string_view text) {
    HistoryQuestion asked;
    if (!take(text, asked.room, asked.is_lobby, asked.account, asked.other, asked.guest, asked.opened, asked.joined,
              asked.registered, asked.lowest, asked.highest, asked.since, asked.until, asked.middle, asked.middle_at,
              asked.select, asked.limit, asked.bytes, asked.has_topics) ||
        asked.select > Select::around)
        return std::nullopt;
    return asked;
}

Answer HistoryAnswer::answer() const {
    Answer answer{.came = true, .text = {}};
    pack(answer.text, refusal ? static_cast<std::uint32_t>(*refusal) : not_refused, account, other, upto, count, more,
         complete);
    answer.text += rows;
    return answer;
}

std::optional<HistoryAnswer> HistoryAnswer::of(const Answer& answer) {
    HistoryAnswer read;
    std::uint32_t refusal = 0;
    std::string_view text = answer.text;
    if (!answer.came || !take(text, refusal, read.account, read.other, read.upto, read.count, read.more, read.complete))
        return std::nullopt;
    if (refusal != not_refused) read.refusal = static_cast<ErrorCode>(refusal);
    read.rows = text;
    return read;
}

}  // namespace chat
