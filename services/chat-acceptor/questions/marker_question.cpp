// Packing questions and answers.
#include "chat-acceptor/questions/marker_question.h"

#include "shared/records/packing.h"

#include <string>

namespace chat {

Question MarkerQuestion::question() const {
    std::string text;
    pack(text, account, session, other, place, at);
    return {Authority::marker, Secret(text)};
}

std::optional<MarkerQuestion> MarkerQuestion::of(std::string_view text) {
    MarkerQuestion asked;
    return take(text, asked.account, asked.session, asked.other, asked.place, asked.at) ? std::optional(asked)
                                                                                        : std::nullopt;
}

Answer MarkerAnswer::answer() const {
    Answer answer{.came = true, .text = {}};
    pack(answer.text, at, id, is_full);
    return answer;
}

std::optional<MarkerAnswer> MarkerAnswer::of(const Answer& answer) {
    MarkerAnswer read;
    std::string_view text = answer.text;
    return answer.came && take(text, read.at, read.id, read.is_full) ? std::optional(read) : std::nullopt;
}

}  // namespace chat
