// Packing questions and answers.
#include "chat-acceptor/questions/unread_question.h"

#include "shared/records/packing.h"

namespace chat {

Question UnreadQuestion::question() const {
    std::string text;
    pack(text, account, has_talks);
    for (const HistoryQuestion& room : rooms) {
        const Question packed = room.question();
        pack(text, static_cast<std::uint32_t>(packed.text.view().size()));
        text += packed.text.view();
    }
    return {Authority::unread, Secret(text)};
}

std::optional<UnreadQuestion> UnreadQuestion::of(std::string_view text) {
    UnreadQuestion asked;
    if (!take(text, asked.account, asked.has_talks)) return std::nullopt;
    while (!text.empty()) {
        std::uint32_t size = 0;
        std::string_view packed;
        if (!take(text, size) || !take_text(text, size, packed)) return std::nullopt;
        const auto room = HistoryQuestion::of(packed);
        if (!room) return std::nullopt;
        asked.rooms.push_back(*room);
    }
    return asked;
}

void append_unread_place(std::string& places, const UnreadPlace& place) {
    pack(places, place.other, place.name, place.count, place.first, place.last);
}

std::optional<UnreadPlace> take_unread_place(std::string_view& places) noexcept {
    UnreadPlace place;
    return take(places, place.other, place.name, place.count, place.first, place.last) ? std::optional(place)
                                                                                       : std::nullopt;
}

Answer UnreadAnswer::answer() const {
    Answer answer{.came = true, .text = {}};
    pack(answer.text, account);
    answer.text += places;
    return answer;
}

std::optional<UnreadAnswer> UnreadAnswer::of(const Answer& answer) {
    UnreadAnswer read;
    std::string_view text = answer.text;
    if (!answer.came || !take(text, read.account)) return std::nullopt;
    read.places = text;
    return read;
}

}  // namespace chat
