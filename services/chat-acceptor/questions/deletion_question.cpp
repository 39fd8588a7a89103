// Packing questions and answers.
#include "chat-acceptor/questions/deletion_question.h"

#include "shared/records/packing.h"

#include <string>

namespace chat {

Question DeletionQuestion::question() const {
    std::string text;
    pack(text, id, session, account, room, is_lobby, opened, entered, has_history, joined, registered, group,
         other_session, other_account);
    return {Authority::deletion, Secret(text)};
}

std::optional<DeletionQuestion> DeletionQuestion::of(std::string_view text) {
    DeletionQuestion asked;
    const bool is_whole =
        take(text, asked.id, asked.session, asked.account, asked.room, asked.is_lobby, asked.opened, asked.entered,
             asked.has_history, asked.joined, asked.registered, asked.group, asked.other_session, asked.other_account);
    return is_whole ? std::optional(asked) : std::nullopt;
}

Answer DeletionAnswer::answer() const {
    Answer answer{.came = true, .text = {}};
    pack(answer.text, place, is_own, is_visible, is_gone, account, receiver_session, receiver_account);
    return answer;
}

std::optional<DeletionAnswer> DeletionAnswer::of(const Answer& answer) {
    DeletionAnswer read;
    std::string_view text = answer.text;
    const bool is_whole = answer.came && take(text, read.place, read.is_own, read.is_visible, read.is_gone,
                                              read.account, read.receiver_session, read.receiver_account);
    return is_whole ? std::optional(read) : std::nullopt;
}

}  // namespace chat
