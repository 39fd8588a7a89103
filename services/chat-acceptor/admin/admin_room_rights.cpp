// The operator and what the operators of rooms may do as well: SetTopic, ChangeModes.
#include "chat-acceptor/admin/admin_commands.h"
#include "shared/text/line.h"
#include "shared/text/mask.h"
#include "shared/text/text_rules.h"

#include <utility>

namespace chat {
namespace {

// The name of a room in a call, and the room if it is open.
struct Named {
    std::string name;
    std::optional<Room> room;
};
Named named_room(const Acceptor& acceptor, const AdminRequest& request) {
    std::string name = text_parameter(request, "room");
    if (name.starts_with('#')) name.erase(0, 1);
    return {name, acceptor.rooms().find(name)};
}

AdminAnswer answer_to(const Acceptor& acceptor, const OperatorActs::RoomChange& change, Room room, Json done) {
    if (change.is_busy) return admin_error("Busy");
    if (!change.refusal.empty()) return admin_error("Refused", {{"reason", change.refusal}});
    done.set("room", acceptor.rooms().name(room));
    return {{std::move(done), {}, false}, {}};
}

// In the place of `words` that belongs to a list of masks.
void complete_masks(std::string_view letters, std::vector<std::string>& words) {
    bool adds = true;
    auto word = words.begin();
    for (const char letter : letters) {
        if (letter == '+' || letter == '-') adds = letter == '+';
        const bool is_mask = mask_lists.find(letter) != std::string_view::npos;
        const bool takes_word = is_mask || letter == 'o' || letter == 'v' || (adds && (letter == 'k' || letter == 'l'));
        if (!takes_word || word == words.end()) continue;
        if (is_mask) *word = completed_mask(*word);
        ++word;
    }
}

// Empty: a letter that is not a mode, or lacks its parameter.
std::optional<std::vector<ModeRequest>> read_modes(std::string_view letters, const std::vector<std::string>& words) {
    std::vector<ModeRequest> requests;
    auto word = words.begin();
    bool adds = true;
    for (const char letter : letters) {
        if (letter == '+' || letter == '-') {
            adds = letter == '+';
        } else if (letter == 'o' || letter == 'v') {
            if (word == words.end()) return std::nullopt;
            requests.push_back({letter, adds, {*word, whole_number<std::uint32_t>(*word).value_or(0)}});
            ++word;
        } else if (room_mode_of(letter) || (!adds && (letter == 'k' || letter == 'l'))) {
            requests.push_back({letter, adds});
        } else if (letter == 'k' || letter == 'l' || mask_lists.find(letter) != std::string_view::npos) {
            if (word == words.end()) return std::nullopt;
            requests.push_back({letter, adds, {}, *word});
            ++word;
        } else {
            return std::nullopt;
        }
    }
    if (requests.empty() || word != words.end()) return std::nullopt;
    return requests;
}

}  // namespace

AdminAnswer admin_set_topic(AdminContext& context, const AdminRequest& request) {
    Acceptor& acceptor = *context.acceptor;
    const Named named = named_room(acceptor, request);
    if (!is_room_name(named.name)) return invalid_parameter("room");
    const std::string topic = text_parameter(request, "topic");
    if (!is_clean_text(topic) || topic.size() > max_topic_size) return invalid_parameter("topic");
    if (!named.room) return admin_error("NoSuchRoom", {{"room", named.name}});
    return answer_to(acceptor, acceptor.operators().set_topic(*named.room, topic, request.operator_uid), *named.room,
                     {{"topic", topic}});
}

AdminAnswer admin_change_modes(AdminContext& context, const AdminRequest& request) {
    constexpr std::size_t most = 10;  // so that the line to IRC clients is not too long
    Acceptor& acceptor = *context.acceptor;
    const Named named = named_room(acceptor, request);
    if (!is_room_name(named.name)) return invalid_parameter("room");
    std::vector<std::string> words;
    for (const Json& word : (*request.parameters)["parameters"].items()) words.push_back(word.text());
    const std::string letters = text_parameter(request, "modes");
    complete_masks(letters, words);
    const auto requests = read_modes(letters, words);
    if (!requests || requests->size() > most) return invalid_parameter("modes");
    if (!named.room) return admin_error("NoSuchRoom", {{"room", named.name}});
    for (const ModeRequest& one : *requests)
        if (!one.client.word.empty() && !find_client(acceptor.sessions(), one.client.word))
            return admin_error("NoSuchClient", {{"client", one.client.word}});
    return answer_to(acceptor, acceptor.operators().change_modes(*named.room, *requests, request.operator_uid),
                     *named.room, Json::object());
}

}  // namespace chat
