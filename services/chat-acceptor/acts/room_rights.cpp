// Operators of rooms: /topic /kick /op /deop, and the modes of a room.
#include "chat-acceptor/acts/room_rights.h"

#include "chat-acceptor/acts/room_rules.h"
#include "shared/memory/irc_table.h"
#include "shared/records/dialect_id.h"
#include "shared/records/room_rights.h"
#include "shared/text/line.h"
#include "shared/text/mask.h"

#include <algorithm>
#include <string>
#include <tuple>
#include <vector>

namespace chat {
namespace {

std::string name_of(const ActContext& context, SlotId client) {
    return std::string(context.tables->sessions.row(client.slot).name_view());
}

Draft refuse_unable(std::string_view what) {
    return Draft::refusal(ErrorCode::forbidden, "Only an operator of the room can " + std::string(what));
}

Draft refuse_absent(const ActContext& context, Room room, std::string_view who) {
    return Draft::refusal(ErrorCode::not_a_member,
                          std::string(who) + " is not in the room " + std::string(context.tables->rooms.name(room)));
}

Draft refuse_stranger(const ActContext& context, Room room) {
    return Draft::refusal(ErrorCode::not_a_member,
                          "You are not in the room " + std::string(context.tables->rooms.name(room)));
}

// The room in which somebody wants to do what only its operators may; or the refusal.
struct Place {
    std::optional<Room> room;
    std::optional<Draft> refusal;
};
Place find_place(const ActContext& context, std::string_view name, const Asker& asker) {
    const Rooms& rooms = context.tables->rooms;
    const auto room = rooms.find(name);
    if (!room || !is_shown_to(*context.tables, *room, asker.client)) return {std::nullopt, refuse_unknown_room(name)};
    if (!rooms.is_member(asker.client, *room)) return {room, refuse_stranger(context, *room)};
    return {room, std::nullopt};
}

bool operates(const ActContext& context, Room room, const Asker& asker) {
    return context.tables->rooms.standing(asker.client, room).is_operator;
}

// Collects the changes that make a difference, each against what the earlier ones leave.
class Changes {
  public:
    Changes(const ActContext& context, Room room)
        : context_(&context), room_(room), state_(context.tables->room_states.of(room)) {}

    // A refusal; empty: it is collected, or makes no difference.
    [[nodiscard]] std::optional<Draft> add(const ModeRequest& request) {
        if (request.letter == 'o' || request.letter == 'v') return add_member(request);
        if (mask_lists.find(request.letter) != std::string_view::npos) return add_mask(request);
        if (const auto mode = room_mode_of(request.letter)) {
            if (state_.has(*mode) != request.adds) toggle(request);
            state_.set(*mode, request.adds);
            return std::nullopt;
        }
        return request.letter == 'k' ? change_key(request) : change_limit(request);
    }

    [[nodiscard]] std::string rows() const {
        std::string rows;
        for (const ModeChange& change : changes_) append_mode_change(rows, change);
        return rows;
    }

  private:
    void collect(const ModeChange& change) { changes_.push_back(change); }

    // What is set and taken back in one line does not change.
    void toggle(const ModeRequest& request) {
        const auto is_same = [&](const ModeChange& change) { return change.letter == request.letter; };
        if (std::erase_if(changes_, is_same) == 0) collect({.letter = request.letter, .adds = request.adds});
    }

    // Whether the last change of this kind adds; empty: there is none.
    template <typename IsSame>
    [[nodiscard]] std::optional<bool> last(char letter, IsSame is_same) const {
        std::optional<bool> adds;
        for (const ModeChange& change : changes_)
            if (change.letter == letter && is_same(change)) adds = change.adds;
        return adds;
    }

    std::optional<Draft> add_member(const ModeRequest& request) {
        if (room_ == lobby && request.letter == 'o')
            return Draft::refusal(ErrorCode::forbidden, "The lobby has no operators");
        const Rooms& rooms = context_->tables->rooms;
        const auto client = find_client(*context_, request.client);
        if (!client) return refuse_unknown_client(request.client.word);
        if (!rooms.is_member(*client, room_)) return refuse_absent(*context_, room_, name_of(*context_, *client));
        const RoomStanding standing = rooms.standing(*client, room_);
        const bool was_so = request.letter == 'o' ? standing.is_operator : standing.has_voice;
        const auto changed = last(request.letter, [&](const ModeChange& c) { return c.client == *client; });
        if (changed.value_or(was_so) == request.adds) return std::nullopt;
        const ClientRow& row = context_->tables->sessions.row(client->slot);
        collect({request.letter, request.adds, *client, row.client_id, row.name_view()});
        return std::nullopt;
    }

    std::optional<Draft> add_mask(const ModeRequest& request) {
        const RoomLists& lists = context_->tables->room_states.lists();
        if (!is_mask(request.param)) return Draft::refusal(ErrorCode::bad_arguments, "That is not a mask");
        const auto changed =
            last(request.letter, [&](const ModeChange& c) { return equal_ignoring_case(c.param, request.param); });
        const RoomEntry* entry = lists.find(room_, request.letter, request.param);
        if (changed.value_or(entry != nullptr) == request.adds) return std::nullopt;
        if (request.adds && !has_place_for_mask(*context_, room_, added_masks_))
            return Draft::refusal(ErrorCode::forbidden, "The lists of the room are full");
        added_masks_ += request.adds ? 1 : 0;
        collect({.letter = request.letter,
                 .adds = request.adds,
                 .param = !request.adds && entry != nullptr ? entry->mask.view() : request.param});
        return std::nullopt;
    }

    std::optional<Draft> change_key(const ModeRequest& request) {
        if (request.adds && !is_room_key(request.param))
            return Draft::refusal(ErrorCode::bad_arguments, "That is not a key");
        const std::string_view key = request.adds ? request.param : std::string_view{};
        if (state_.key.view() == key) return std::nullopt;
        state_.key.set(key);
        collect({.letter = 'k', .adds = request.adds, .param = request.adds ? key : "*"});
        return std::nullopt;
    }

    std::optional<Draft> change_limit(const ModeRequest& request) {
        const auto limit = request.adds ? whole_number<std::uint32_t>(request.param) : std::optional(0U);
        if (!limit || (request.adds && *limit == 0))
            return Draft::refusal(ErrorCode::bad_arguments, "That is no limit");
        if (state_.limit == *limit) return std::nullopt;
        state_.limit = *limit;
        collect({.letter = 'l', .adds = request.adds, .param = request.adds ? request.param : std::string_view{}});
        return std::nullopt;
    }

    const ActContext* context_;
    Room room_;
    RoomState state_;  // with the changes so far
    std::size_t added_masks_ = 0;
    std::vector<ModeChange> changes_;
};

// The client, and those members who want to know of invitations.
Receivers invitation_receivers(const Tables& tables, Room room, SlotId client) {
    std::vector<SlotId> receivers{client};
    for (const SlotId member : tables.rooms.members(room)) {
        const bool speaks_irc = dialect_id(tables.sessions.row(member.slot).dialect) == DialectId::irc;
        if (speaks_irc && (tables.sessions.irc_row(member.slot).capabilities & irc_capability::invite_notify) != 0)
            receivers.push_back(member);
    }
    return Receivers(std::move(receivers));
}

}  // namespace

bool is_room_key(std::string_view key) {
    const auto is_part = [](char c) { return static_cast<unsigned char>(c) > ' ' && c != ',' && c != 0x7f; };
    return !key.empty() && key.size() <= max_room_key_size && key.front() != ':' &&
           std::all_of(key.begin(), key.end(), is_part);
}

bool is_mask(std::string_view mask) {
    return !mask.empty() && completed_mask(mask) == mask;
}

bool has_place_for_mask(const ActContext& context, Room room, std::size_t more) {
    const RoomLists& lists = context.tables->room_states.lists();
    return std::cmp_less(lists.mask_count(room) + more, context.config->irc_masks_per_room) &&
           lists.has_places(more + 1, context.tables->rooms);
}

Draft set_topic(const ActContext& context, Room room, std::string_view text,
                std::optional<std::uint32_t> operator_uid) {
    if (text.size() > max_topic_size)
        return Draft::refusal(ErrorCode::bad_arguments,
                              "A topic can have at most " + std::to_string(max_topic_size) + " bytes");
    const Rooms& rooms = context.tables->rooms;
    return {records::Topic{.room = rooms.name(room), .text = text, .operator_uid = operator_uid}.record(),
            Receivers(rooms.members(room))};
}

Draft change_modes(const ActContext& context, Room room, const std::vector<ModeRequest>& requests,
                   std::optional<std::uint32_t> operator_uid) {
    const Rooms& rooms = context.tables->rooms;
    Changes changes(context, room);
    for (const ModeRequest& request : requests)
        if (auto refusal = changes.add(request)) return *std::move(refusal);
    std::string rows = changes.rows();
    if (rows.empty()) return Draft(records::Done{}.record());
    return Draft(records::ModesChanged{.room = rooms.name(room), .operator_uid = operator_uid}.record(),
                 Receivers(rooms.members(room)))
        .with_text(std::move(rows));
}

Draft appoint_operator(const ActContext& context, Room room) {
    const Rooms& rooms = context.tables->rooms;
    const auto rank = [&](SlotId client) {
        const ClientRow& row = context.tables->sessions.row(client.slot);
        return std::tuple(row.announced == 0, row.account == 0, rooms.joined_by(client, room).value_or(0));
    };
    const auto members = rooms.members(room);
    SlotId next = members.front();
    for (auto best = rank(next); const SlotId member : members)
        if (const auto its = rank(member); its < best) {
            best = its;
            next = member;
        }
    const ClientRow& row = context.tables->sessions.row(next.slot);
    std::string rows;
    append_mode_change(rows, {'o', true, next, row.client_id, row.name_view()});
    const Record record = records::ModesChanged{.room = rooms.name(room)}.record();
    if (context.tables->room_states.of(room).opened_at == 0) return Draft(record).with_text(std::move(rows));
    return Draft(record, Receivers(members)).with_text(std::move(rows));
}

Draft perform(const act::SetTopic& act, const ActContext& context, const Asker& asker) {
    auto place = find_place(context, act.room, asker);
    if (place.refusal) return *std::move(place.refusal);
    if (context.tables->room_states.of(*place.room).has(RoomMode::operators_set_topic) &&
        !operates(context, *place.room, asker))
        return refuse_unable("set its topic");
    return set_topic(context, *place.room, act.text);
}

Draft perform(const act::ShowTopic& act, const ActContext& context, const Asker& asker) {
    const Rooms& rooms = context.tables->rooms;
    const auto room = rooms.find(act.room);
    if (!room || !is_shown_to(*context.tables, *room, asker.client)) return refuse_unknown_room(act.room);
    const RoomState state = context.tables->room_states.of(*room);
    records::TopicShown shown{.room = rooms.name(*room)};
    if (state.topic_size > 0) {
        shown.name = state.topic_by.view();
        shown.at = state.topic_at;
        shown.topic = state.topic_view();
    }
    std::string text;
    const Record record = shown.record(text);
    return Draft(record).with_text(std::move(text));
}

Draft perform(const act::KickFromRoom& act, const ActContext& context, const Asker& asker) {
    auto place = find_place(context, act.room, asker);
    if (place.refusal) return *std::move(place.refusal);
    const Rooms& rooms = context.tables->rooms;
    if (!operates(context, *place.room, asker)) return refuse_unable("remove members from it");
    const auto client = find_client(context, act.client);
    if (!client) return refuse_unknown_client(act.client.word);
    if (!rooms.is_member(*client, *place.room)) return refuse_absent(context, *place.room, name_of(context, *client));
    const ClientRow& row = context.tables->sessions.row(client->slot);
    std::string text;
    const Record record = records::Kicked{.room = rooms.name(*place.room),
                                          .client = *client,
                                          .client_id = row.client_id,
                                          .client_name = row.name_view(),
                                          .reason = act.reason}
                              .record(text);
    return Draft(record, Receivers(rooms.members(*place.room))).with_text(std::move(text));
}

// An operator's invitation lets the client in, that of another member only notifies it.
Draft perform(const act::InviteToRoom& act, const ActContext& context, const Asker& asker) {
    auto place = find_place(context, act.room, asker);
    if (place.refusal) return *std::move(place.refusal);
    const bool is_operator = operates(context, *place.room, asker);
    if (!is_operator && context.tables->room_states.of(*place.room).has(RoomMode::invited_join))
        return refuse_unable("invite others to it");
    const auto client = find_client(context, act.client);
    if (!client) return refuse_unknown_client(act.client.word);
    if (context.tables->rooms.is_member(*client, *place.room))
        return Draft::refusal(ErrorCode::already_member, name_of(context, *client) + " is in the room already");
    const RoomLists& lists = context.tables->room_states.lists();
    const std::size_t waiting = lists.entries(*place.room, invitation_list).size();
    if (is_operator && !lists.is_invited(*place.room, *client) &&
        (std::cmp_greater_equal(waiting, context.config->irc_masks_per_room) ||
         !lists.has_places(1, context.tables->rooms)))
        return Draft::refusal(ErrorCode::busy, "Too many invitations to this room wait");
    const ClientRow& row = context.tables->sessions.row(client->slot);
    return {records::Invited{.room = context.tables->rooms.name(*place.room),
                             .client = *client,
                             .client_id = row.client_id,
                             .client_name = row.name_view(),
                             .opens = is_operator}
                .record(),
            invitation_receivers(*context.tables, *place.room, *client)};
}

Draft perform(const act::ChangeModes& act, const ActContext& context, const Asker& asker) {
    auto place = find_place(context, act.room, asker);
    if (place.refusal) return *std::move(place.refusal);
    if (!operates(context, *place.room, asker)) return refuse_unable("change its modes");
    return change_modes(context, *place.room, act.requests);
}

}  // namespace chat
