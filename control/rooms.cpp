// Rooms: who is in them, who operates them, and what is set in them.
#include "control/rooms.h"

#include "control/asking.h"
#include "control/exit_status.h"
#include "control/show.h"
#include "shared/text/line.h"

#include <algorithm>
#include <string>
#include <string_view>

namespace chat {
namespace {

constexpr std::uint64_t most_days = 36'500;
// Names in a call that makes operators.
constexpr std::size_t most_in_one_call = 10;

int change_rooms(const Arguments& arguments, std::string_view method) {
    const Json answer = act(arguments, method, {{"room", arguments.target}, {"clients", arguments.words}});
    show(arguments, answer, changes_text(answer));
    // A client that is already in the room, or already out of it, counts as success.
    const auto changes = answer["changes"].items();
    const bool refused = std::any_of(changes.begin(), changes.end(), [](const Json& change) {
        const std::string& outcome = change["outcome"].text();
        return outcome == "too-many-rooms" || outcome == "busy";
    });
    return refused ? exit_refused : exit_done;
}

std::string list_of(const std::vector<std::string>& words, std::size_t count) {
    std::string names;
    for (std::size_t i = 0; i < count; ++i) names += (names.empty() ? "" : ", ") + words[i];
    return names;
}

// Several calls, if there are more names than one can have.
int change_operators(const Arguments& arguments, char sign) {
    const std::vector<std::string>& words = arguments.words;
    Json answer = Json::object();
    for (std::size_t done = 0; done < words.size();) {
        const std::size_t end = std::min(done + most_in_one_call, words.size());
        const std::vector<std::string> some(words.begin() + static_cast<std::ptrdiff_t>(done),
                                            words.begin() + static_cast<std::ptrdiff_t>(end));
        try {
            answer = act(
                arguments, "ChangeModes",
                {{"room", arguments.target}, {"modes", sign + std::string(some.size(), 'o')}, {"parameters", some}});
        } catch (const Failure& failure) {
            if (done == 0) throw;
            throw Failure(failure.exit_status(),
                          std::string(failure.what()) + "; it was done for " + list_of(words, done));
        }
        done = end;
    }
    const bool is_one = words.size() == 1;
    const std::string names = list_of(words, words.size());
    const std::string what = sign == '+' ? (is_one ? " now operates " : " now operate ")
                                         : (is_one ? " no longer operates " : " no longer operate ");
    show(arguments, answer, names + what + "the room " + answer["room"].text() + ".\n");
    return exit_done;
}

}  // namespace

int show_rooms(const Arguments& arguments) {
    const Json answer = ask(arguments, "Rooms", "rooms");
    show(arguments, answer, rooms_text(answer["rooms"]));
    return exit_done;
}

int add(const Arguments& arguments) {
    return change_rooms(arguments, "Add");
}

int remove_from_room(const Arguments& arguments) {
    return change_rooms(arguments, "Remove");
}

// The history and the topic are two calls: a room that is not open has no topic.
int set_room(const Arguments& arguments) {
    if (arguments.target != "set" || arguments.words.size() < 2)
        throw Failure(exit_wrong_use,
                      "room needs set, the name of a room, and history=on|off, keep_days=N or topic=TEXT");
    Json parameters{{"room", arguments.words.front()}};
    Json topic = Json::object();
    std::string done = "The room " + arguments.words.front() + " has";
    for (auto word = arguments.words.begin() + 1; word != arguments.words.end(); ++word) {
        const std::size_t equals = std::min(word->find('='), word->size());
        const std::string key = word->substr(0, equals);
        const std::string value = word->substr(std::min(equals + 1, word->size()));
        const auto days = whole_number<std::uint64_t>(value);
        if (key == "history" && (value == "on" || value == "off"))
            parameters.set("history", value);
        else if (key == "keep_days" && days && *days <= most_days)
            parameters.set("keep_days", *days);
        else if (key == "topic" && equals < word->size())
            topic = Json{{"room", arguments.words.front()}, {"topic", value}};
        else
            throw Failure(exit_wrong_use, "expected history=on, history=off, keep_days=N (0 to " +
                                              std::to_string(most_days) + ") or topic=TEXT, not " + *word);
        done += " " + *word;
    }
    Json answer = Json::object();
    if (!topic.empty()) answer = act(arguments, "SetTopic", topic);
    if (parameters.members().size() > 1) {
        Json settings = act(arguments, "SetRoom", std::move(parameters));
        for (const auto& [key, value] : answer.members()) settings.set(key, value);
        answer = std::move(settings);
    }
    show(arguments, answer, done + ".\n");
    return exit_done;
}

int make_operators(const Arguments& arguments) {
    return change_operators(arguments, '+');
}

int remove_operators(const Arguments& arguments) {
    return change_operators(arguments, '-');
}

int change_modes(const Arguments& arguments) {
    if (arguments.words.empty()) throw Failure(exit_wrong_use, "mode needs a room, and modes such as +m or -o Joker");
    const std::vector<std::string> words(arguments.words.begin() + 1, arguments.words.end());
    const Json answer = act(arguments, "ChangeModes",
                            {{"room", arguments.target}, {"modes", arguments.words.front()}, {"parameters", words}});
    show(arguments, answer, "The modes of the room " + answer["room"].text() + " were changed.\n");
    return exit_done;
}

}  // namespace chat
