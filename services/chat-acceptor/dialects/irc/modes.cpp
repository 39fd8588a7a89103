// MODE of a channel and of oneself.
#include "chat-acceptor/acts/room_rights.h"
#include "chat-acceptor/acts/room_rules.h"
#include "chat-acceptor/dialects/irc/commands.h"
#include "shared/text/line.h"
#include "shared/text/mask.h"
#include "shared/text/text_rules.h"

#include <algorithm>
#include <array>
#include <cstdint>
#include <deque>
#include <string>
#include <utility>
#include <vector>

namespace chat::irc {
namespace {

constexpr std::size_t max_changes = 4;  // with a parameter, in one line: MODES in 005
constexpr std::size_t most_errors = 8;  // of one line
constexpr std::string_view of_members = "ov";

// What a line asks for. Errors are answered first, then the lists, and then comes one record with all changes.
struct Wanted {
    Reply errors;
    std::string lists;
    std::vector<ModeRequest> requests;
    std::deque<std::string> masks;  // that the requests view
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
            else if (mask_lists.find(letter) != std::string_view::npos)
                change_list(letter, adds);
            else if (letter == 'k')
                change_key(adds);
            else if (letter == 'l')
                change_limit(adds);
            else if (room_mode_of(letter))
                change({letter, adds});
            else if (letters.find(letter) == i && ++errors_ <= most_errors)
                wanted_.errors.numeric(472, {first_character(letters.substr(i))}, "is unknown mode char to me");
            while (i + 1 < letters.size() && (static_cast<unsigned char>(letters[i + 1]) & 0xc0U) == 0x80) ++i;
        }
        return std::move(wanted_);
    }

  private:
    [[nodiscard]] bool has_parameter() const { return next_ < request_->line->params.size(); }
    // Those beyond the limit are left out.
    [[nodiscard]] bool take_parameter(std::string_view& parameter) {
        if (!has_parameter()) return false;
        parameter = request_->param(next_++);
        return ++with_parameter_ <= max_changes;
    }
    void change(const ModeRequest& request) {
        wanted_.needs_operator = true;
        wanted_.requests.push_back(request);
    }
    void refuse(int number, std::initializer_list<std::string_view> params, std::string_view text) {
        wanted_.needs_operator = true;
        if (++errors_ <= most_errors) wanted_.errors.numeric(number, params, text);
    }

    void change_member(char letter, bool adds) {
        std::string_view nick;
        if (!take_parameter(nick) || nick.empty()) return;
        nick = beginning_of(nick, 64);
        const auto client = request_->sessions().find_name(nick);
        if (!client)
            refuse(401, {nick}, "No such nick/channel");
        else if (!request_->rooms().is_member(*client, room_))
            refuse(441, {nick, name_}, "They aren't on that channel");
        else
            change({letter, adds, {nick, 0}});
    }

    // Without a mask it is a question.
    void change_list(char letter, bool adds) {
        if (!has_parameter()) {
            if (wanted_.lists.find(letter) == std::string::npos) wanted_.lists += letter;
            return;
        }
        std::string_view given;
        if (!take_parameter(given)) return;
        std::string mask = completed_mask(given);
        const RoomLists& lists = request_->tables().room_states.lists();
        if (mask.empty())
            refuse(696, {name_, std::string(1, letter), "*"}, "That is not a mask");
        else if (adds && lists.find(room_, letter, mask) == nullptr &&
                 !has_place_for_mask(*request_->context->acts, room_, added_masks_++))
            refuse(478, {name_, std::string(1, letter)}, "Channel ban list is full");
        else
            change({letter, adds, {}, wanted_.masks.emplace_back(std::move(mask))});
    }

    void change_key(bool adds) {
        std::string_view key;
        const bool is_taken = take_parameter(key);
        if (!adds)
            change({'k', false});
        else if (!is_taken)
            refuse(461, {"MODE"}, "Not enough parameters");
        else if (!is_room_key(key))
            refuse(696, {name_, "k", "*"}, "That is not a key");
        else
            change({'k', true, {}, key});
    }

    void change_limit(bool adds) {
        std::string_view limit;
        if (!adds) return change({'l', false});
        if (!take_parameter(limit)) return refuse(461, {"MODE"}, "Not enough parameters");
        if (whole_number<std::uint32_t>(limit).value_or(0) == 0)
            return refuse(696, {name_, "l", "*"}, "That is no limit");
        change({'l', true, {}, limit});
    }

    const Request* request_;
    Room room_;
    std::string name_;
    std::size_t next_ = 2;  // parameter
    std::size_t with_parameter_ = 0;
    std::size_t added_masks_ = 0;
    std::size_t errors_ = 0;
    Wanted wanted_;
};

struct ListNumerics {
    int entry;
    int end;
    std::string_view text;
};
ListNumerics numerics_of(char list) noexcept {
    if (list == 'e') return {348, 349, "End of channel exception list"};
    if (list == 'I') return {346, 347, "End of channel invite list"};
    return {367, 368, "End of channel ban list"};
}

// In parts: the cursor is the number of entries so far.
Reading list_masks(const Request& request, Room room, char list, std::uint8_t step, std::uint8_t next_step) {
    const std::string name = channel(request.rooms().name(room));
    const ListNumerics numerics = numerics_of(list);
    const auto entries = request.tables().room_states.lists().entries(room, list);
    Reply reply;
    for (auto i = whole_number<std::size_t>(request.row().list_cursor_view()).value_or(0); i < entries.size(); ++i) {
        if (reply.size() > largest_part) return answer_part(request, std::move(reply), std::to_string(i), step);
        const RoomEntry& entry = *entries[i];
        reply.numeric(numerics.entry, {name, entry.mask.view(), entry.by.view(), seconds_of(entry.at)});
    }
    reply.numeric(numerics.end, {name}, numerics.text);
    return answer_part(request, std::move(reply), {}, next_step);
}

Reading show_modes(const Request& request, Room room) {
    const std::string name = channel(request.rooms().name(room));
    const RoomState state = request.tables().room_states.of(room);
    std::string modes = letters_of(state);
    const bool is_member = request.rooms().is_member(request.client(), room);
    if (!state.key.view().empty()) modes.append(" ").append(is_member ? state.key.view() : "*");
    if (state.limit != 0) modes.append(" ").append(std::to_string(state.limit));
    Reply reply;
    reply.numeric(324, {name, modes});
    if (state.opened_at != 0) reply.numeric(329, {name, seconds_of(state.opened_at)});
    return answer(request, std::move(reply));
}

Reading mode_of_channel(const Request& request) {
    const auto room = find_channel(request, request.param(0));
    if (!room || !is_shown_to(request.tables(), *room, request.client()))
        return refuse_channel(request, request.param(0));
    if (request.line->params.size() < 2) return show_modes(request, *room);
    const std::string name = channel(request.rooms().name(*room));
    Wanted wanted = Letters(request, *room).read();
    if (wanted.needs_operator && request.step() == 0) {
        if (!request.rooms().is_member(request.client(), *room))
            return refuse(request, 442, name, "You're not on that channel");
        if (!request.rooms().standing(request.client(), *room).is_operator)
            return refuse(request, 482, name, "You're not channel operator");
    }
    // Step 0 has the errors, each list has one, and the changes have the last.
    const std::size_t last = wanted.lists.size() + (wanted.requests.empty() ? 0 : 1);
    std::size_t step = request.step();
    if (step == 0 && wanted.errors.size() > 0)
        return answer(request, std::move(wanted.errors), static_cast<std::uint8_t>(last > 0 ? 1 : 0));
    step = std::max<std::size_t>(step, 1);
    if (step <= wanted.lists.size())
        return list_masks(request, *room, wanted.lists[step - 1], static_cast<std::uint8_t>(step),
                          static_cast<std::uint8_t>(step < last ? step + 1 : 0));
    if (wanted.requests.empty()) return silence(request);
    const std::string_view room_name = room_of(request.param(0));
    Draft draft = perform(act::ChangeModes{room_name, std::move(wanted.requests)}, *request.context->acts,
                          request.context->asker);
    return {.tag = room_name, .answer = std::make_unique<Draft>(std::move(draft))};
}

struct UserMode {
    char letter;
    std::uint8_t IrcRow::*member;
    bool can_be_set = true;  // otherwise only unset
};
constexpr std::array user_mode_table = {
    UserMode{'B', &IrcRow::is_bot},
    UserMode{'i', &IrcRow::is_invisible},
    UserMode{'o', &IrcRow::is_operator, false},
    UserMode{'w', &IrcRow::hears_wallops},
};

Reading mode_of_self(const Request& request) {
    IrcRow row = request.irc();
    Reply reply;
    if (request.line->params.size() < 2) {
        reply.numeric(221, {user_modes(row)});
        return answer(request, std::move(reply));
    }
    bool is_adding = true;
    bool has_unknown = false;
    for (const char c : request.param(1)) {
        if (c == '+' || c == '-') {
            is_adding = c == '+';
            continue;
        }
        const auto* known = std::find_if(user_mode_table.begin(), user_mode_table.end(),
                                         [&](const UserMode& mode) { return mode.letter == c; });
        if (known == user_mode_table.end())
            has_unknown = true;
        else if (!is_adding || known->can_be_set)
            row.*known->member = is_adding ? 1 : 0;
    }
    std::string added;
    std::string removed;
    for (const UserMode& mode : user_mode_table)
        if (const bool is_set = row.*mode.member != 0; is_set != (request.irc().*mode.member != 0))
            (is_set ? added : removed).push_back(mode.letter);
    if (!added.empty() || !removed.empty())
        reply.raw("!MODE " + std::string(request.nick()) + ' ' + (added.empty() ? "" : '+' + added) +
                  (removed.empty() ? "" : '-' + removed));
    if (has_unknown) reply.numeric(501, {}, "Unknown MODE flag");
    return answer(request, std::move(reply), row);
}

}  // namespace

std::string user_modes(const IrcRow& row) {
    std::string modes = "+";
    for (const UserMode& mode : user_mode_table)
        if (row.*mode.member != 0) modes.push_back(mode.letter);
    return modes;
}

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
