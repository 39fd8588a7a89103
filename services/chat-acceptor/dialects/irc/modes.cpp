// MODE of a channel and of oneself.
#include "chat-acceptor/acts/room_rights.h"
#include "chat-acceptor/dialects/irc/commands.h"
#include "shared/text/text_rules.h"

#include <algorithm>
#include <utility>
#include <vector>

namespace chat::irc {
namespace {

constexpr std::size_t max_changes = 4;  // with a parameter, in one line: MODES in 005
constexpr std::string_view of_members = "ov";
constexpr std::string_view without_parameter = "nt";

// What a line asks for: questions and errors are answered first, then comes one record with all changes.
struct Wanted {
    Reply reply;
    std::vector<ModeRequest> requests;
    bool needs_operator = false;
};

class Letters {
  public:
    Letters(const Request& request, Room room)
        : request_(&request), room_(room), name_(channel(request.rooms().name(room))) {}

    [[nodiscard]] Wanted read() && {
        bool adds = true;
        const std::string_view letters = request_->param(1);
        for (std::size_t i = 0; i < letters.size(); ++i) {
            const char letter = letters[i];
            if (letter == '+' || letter == '-')
                adds = letter == '+';
            else if (of_members.find(letter) != std::string_view::npos)
                change_member(letter, adds);
            else if (without_parameter.find(letter) != std::string_view::npos)
                change({letter, adds});
            else
                wanted_.reply.numeric(472, {first_character(letters.substr(i))}, "is unknown mode char to me");
            while (i + 1 < letters.size() && (static_cast<unsigned char>(letters[i + 1]) & 0xc0U) == 0x80) ++i;
        }
        return std::move(wanted_);
    }

  private:
    std::string_view take_parameter() {
        return next_ < request_->line->params.size() ? request_->param(next_++) : std::string_view{};
    }
    void change(const ModeRequest& request) {
        wanted_.needs_operator = true;
        wanted_.requests.push_back(request);
    }
    void change_member(char letter, bool adds) {
        const std::string_view nick = beginning_of(take_parameter(), 64);
        if (nick.empty() || ++with_parameter_ > max_changes) return;
        wanted_.needs_operator = true;
        const auto client = request_->sessions().find_name(nick);
        if (!client)
            refuse_member(401, {nick}, "No such nick/channel");
        else if (!request_->rooms().is_member(*client, room_))
            refuse_member(441, {nick, name_}, "They aren't on that channel");
        else
            change({letter, adds, {nick, 0}});
    }
    void refuse_member(int number, std::initializer_list<std::string_view> params, std::string_view text) {
        wanted_.reply.numeric(number, params, text);
    }

    const Request* request_;
    Room room_;
    std::string name_;
    std::size_t next_ = 2;  // parameter
    std::size_t with_parameter_ = 0;
    Wanted wanted_;
};

Reading show_modes(const Request& request, Room room) {
    const std::string name = channel(request.rooms().name(room));
    const RoomState state = request.tables().room_states.of(room);
    Reply reply;
    reply.numeric(324, {name, letters_of(state)});
    if (state.opened_at != 0) reply.numeric(329, {name, seconds_of(state.opened_at)});
    return answer(request, std::move(reply));
}

Reading mode_of_channel(const Request& request) {
    const auto room = find_channel(request, request.param(0));
    if (!room || !is_shown_to(*request.context->acts, *room, request.client()))
        return refuse_channel(request, request.param(0));
    if (request.line->params.size() < 2) return show_modes(request, *room);
    const std::string name = channel(request.rooms().name(*room));
    // Clients ask for these lists when they join.
    if (request.line->params.size() == 2) {
        const std::string_view letters = request.param(1).substr(request.param(1).starts_with('+') ? 1 : 0);
        if (letters == "b") return refuse(request, 368, name, "End of channel ban list");
        if (letters == "e") return refuse(request, 349, name, "End of channel exception list");
        if (letters == "I") return refuse(request, 347, name, "End of channel invite list");
    }
    Wanted wanted = Letters(request, *room).read();
    if (wanted.needs_operator) {
        if (!request.rooms().is_member(request.client(), *room))
            return refuse(request, 442, name, "You're not on that channel");
        if (!request.rooms().standing(request.client(), *room).is_operator)
            return refuse(request, 482, name, "You're not channel operator");
    }
    if (request.step() == 0 && wanted.reply.size() > 0)
        return answer(request, std::move(wanted.reply), static_cast<std::uint8_t>(wanted.requests.empty() ? 0 : 1));
    if (wanted.requests.empty()) return silence(request);
    const std::string_view room_name = room_of(request.param(0));
    return ask(act::ChangeModes{room_name, std::move(wanted.requests)}, room_name);
}

Reading mode_of_self(const Request& request) {
    IrcRow row = request.irc();
    Reply reply;
    if (request.line->params.size() < 2) {
        reply.numeric(221, {row.is_invisible != 0 ? "+i" : "+"});
        return answer(request, std::move(reply));
    }
    bool is_adding = true;
    bool has_unknown = false;
    const bool was_invisible = row.is_invisible != 0;
    for (const char c : request.param(1)) {
        if (c == '+' || c == '-')
            is_adding = c == '+';
        else if (c == 'i')
            row.is_invisible = is_adding ? 1 : 0;
        else
            has_unknown = true;
    }
    if (was_invisible != (row.is_invisible != 0))
        reply.raw("!MODE " + std::string(request.nick()) + (row.is_invisible != 0 ? " +i" : " -i"));
    if (has_unknown) reply.numeric(501, {}, "Unknown MODE flag");
    return answer(request, std::move(reply), row);
}

}  // namespace

Reading mode(const Request& request) {
    const std::string_view target = request.param(0);
    if (target.starts_with('#') || target.starts_with('&')) return mode_of_channel(request);
    if (equal_ignoring_case(target, request.nick())) return mode_of_self(request);
    if (!request.sessions().find_name(target)) return refuse(request, 401, target, "No such nick/channel");
    Reply reply;
    reply.numeric(502, {}, "Can't view or change the modes of other users");
    return answer(request, std::move(reply));
}

}  // namespace chat::irc
