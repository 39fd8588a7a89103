// Confirmations: see confirmation.h.
#include "client/talk/confirmation.h"

#include "client/talk/target.h"
#include "shared/text/line.h"
#include "shared/text/text_rules.h"

#include <algorithm>
#include <array>
#include <cstddef>
#include <vector>

namespace chat {

namespace {

// PERSON, ROOM, GROUP and NAME stand for what was typed.
struct Confirmation {
    std::string_view command;
    std::string_view first;  // the first word after it; empty: any
    std::string_view words;
};

constexpr std::array confirmations{
    Confirmation{"/op", "", "PERSON is now an operator of ROOM."},
    Confirmation{"/deop", "", "PERSON is no longer an operator of ROOM."},
    Confirmation{"/kick", "", "PERSON was removed from ROOM."},
    Confirmation{"/delete", "", "The message is deleted."},
    Confirmation{"/certificate", "add", "Your certificate lets you log in from now on."},
    Confirmation{"/certificate", "remove", "Your certificate does not let you log in any more."},
    Confirmation{"/password", "", "Your password is changed."},
    Confirmation{"/reset", "", "The password of NAME is changed."},
    Confirmation{"/declinegroup", "", "You have declined the invitation to GROUP."},
    Confirmation{"/reject", "", "You have rejected the request of PERSON."},
};

void replace(std::string& text, std::string_view word, const std::string& with) {
    if (const std::size_t place = text.find(word); place != std::string::npos) text.replace(place, word.size(), with);
}

// As others see the name, however it was typed.
std::string name_of_person(std::string_view typed, const Directory& known) {
    const std::string id = known.id_of(typed);
    return known.name_of(id.empty() ? typed : std::string_view(id));
}

}  // namespace

std::string confirmation_of(std::string_view typed, const Directory& known) {
    const ClientLine line = parse_client_line(typed);
    const std::vector<std::string_view> words = words_of(line.text);
    if (equal_ignoring_case(line.command, "/away"))
        return words.empty() ? "You are back." : "You are away. Anyone who writes to you is notified.";
    const auto* const found =
        std::find_if(confirmations.begin(), confirmations.end(), [&](const Confirmation& candidate) {
            const bool has_first = !words.empty() && equal_ignoring_case(words.front(), candidate.first);
            return equal_ignoring_case(line.command, candidate.command) && (candidate.first.empty() || has_first);
        });
    if (found == confirmations.end() || words.empty()) return {};
    std::string text(found->words);
    const auto room = parse_room(words[0]);
    replace(text, "ROOM", room ? Target{Target::Kind::room, *room, {}}.in_words() : std::string(words[0]));
    replace(text, "GROUP", "group " + std::string(words[0]));
    replace(text, "NAME", std::string(words[0]));
    if (words.size() > 1) replace(text, "PERSON", name_of_person(words[1], known));
    return text;
}

}  // namespace chat
