// Packing questions and answers.
#include "chat-acceptor/questions/targets_question.h"

#include "shared/records/packing.h"

namespace chat {

Question TargetsQuestion::question() const {
    std::string text;
    pack(text, from, until, limit);
    const Question packed = places.question();
    text += packed.text.view();
    return {Authority::targets, Secret(text)};
}

std::optional<TargetsQuestion> TargetsQuestion::of(std::string_view text) {
    TargetsQuestion asked;
    if (!take(text, asked.from, asked.until, asked.limit)) return std::nullopt;
    auto places = UnreadQuestion::of(text);
    if (!places) return std::nullopt;
    asked.places = *std::move(places);
    return asked;
}

void append_target_place(std::string& places, const TargetPlace& place) {
    pack(places, place.other, place.name, place.at);
}

std::optional<TargetPlace> take_target_place(std::string_view& places) noexcept {
    TargetPlace place;
    return take(places, place.other, place.name, place.at) ? std::optional(place) : std::nullopt;
}

}  // namespace chat
