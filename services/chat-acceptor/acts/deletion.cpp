// /delete: a message is deleted by its sender, or by an operator of its room. Only the log
// knows whose message it is, so the line waits for its answer.
#include "chat-acceptor/acts/deletion.h"

#include "chat-acceptor/acts/room_rules.h"
#include "chat-acceptor/acts/waiting.h"
#include "chat-acceptor/questions/deletion_question.h"
#include "shared/records/deletion.h"

#include <string>
#include <utility>
#include <vector>

namespace chat {
namespace {

// The question, or why it is not asked.
struct DeletionPlan {
    std::optional<Draft> refusal = {};
    DeletionQuestion asked = {};
    std::optional<Room> room = {};
    std::optional<Group> group = {};
    bool needs_names = false;  // which accounts there are is not known yet
};

Draft refuse_unknown_message() {
    return Draft::refusal(ErrorCode::no_such_message, "There is no such message");
}

void look_in(Room room, DeletionPlan& plan, const ActContext& context, const Asker& asker) {
    plan.room = room;
    plan.asked.entered = context.tables->rooms.joined_by(asker.client, room).value_or(0);
    if (const auto history = ask_about_room(room, context, asker)) {
        plan.asked.has_history = true;
        plan.asked.joined = history->joined;
        plan.asked.registered = history->registered;
    }
    plan.asked.room = context.tables->rooms.name(room);
    plan.asked.is_lobby = room == lobby;
    plan.asked.opened = context.tables->rooms.opened_by(room);
}

void plan_in_room(std::string_view name, DeletionPlan& plan, const ActContext& context, const Asker& asker) {
    const Rooms& rooms = context.tables->rooms;
    const auto room = rooms.find(name);
    if (!room || !is_shown_to(*context.tables, *room, asker.client))
        plan.refusal = refuse_unknown_room(name);
    else if (!rooms.is_member(asker.client, *room))
        plan.refusal = refuse_speech(SpeechObjection::stranger, rooms.name(*room));
    else
        look_in(*room, plan, context, asker);
}

void plan_in_group(const GroupReference& reference, DeletionPlan& plan, const ActContext& context, const Asker& asker) {
    const Groups& groups = context.tables->groups;
    plan.group = find_group(context, reference);
    if (!plan.group)
        plan.refusal = refuse_unknown_group(reference.word);
    else if (groups.standing(*plan.group, asker.client) != Standing::member)
        plan.refusal = Draft::refusal(ErrorCode::not_a_member,
                                      "You are not in the group " + std::to_string(groups.id(*plan.group)));
    else
        plan.asked.group = groups.id(*plan.group);
}

// A conversation with whoever has the name or the id, had it, or owns it. A name may also be that of a room: the
// message says which of them is meant.
void plan_word(const ClientReference& reference, DeletionPlan& plan, const ActContext& context, const Asker& asker) {
    const Sessions& sessions = context.tables->sessions;
    if (const auto client = find_client(context, reference)) {
        plan.asked.other_session = sessions.row(client->slot).session;
        plan.asked.other_account = sessions.row(client->slot).account;
    } else {
        const DepartedRow* departed = reference.id != 0 ? sessions.departed().find_id(reference.id, asker.at)
                                                        : sessions.departed().find_name(reference.word, asker.at);
        if (departed != nullptr) plan.asked.other_session = departed->session;
    }
    if (reference.id == 0 && context.names != nullptr && context.names->are_available) {
        plan.needs_names = !context.names->are_loaded;
        if (const auto account = context.names->find(reference.word)) plan.asked.other_account = account->number;
    }
    const Rooms& rooms = context.tables->rooms;
    const auto room = reference.id == 0 ? rooms.find(reference.word) : std::nullopt;
    if (room && rooms.is_member(asker.client, *room)) look_in(*room, plan, context, asker);
    const bool is_anything = plan.room || plan.asked.other_session != 0 || plan.asked.other_account != 0;
    if (is_anything || plan.needs_names) return;
    if (room && is_shown_to(*context.tables, *room, asker.client))
        plan.refusal = refuse_speech(SpeechObjection::stranger, rooms.name(*room));
    else
        plan.refusal = refuse_unknown_client(reference.word);
}

DeletionPlan plan_deletion(const act::DeleteMessage& act, const ActContext& context, const Asker& asker) {
    DeletionPlan plan;
    plan.asked.id = act.id;
    plan.asked.session = asker.row->session;
    plan.asked.account = asker.row->account;
    switch (act.place.kind) {
        case FileTarget::Kind::room:
            plan_in_room(act.place.word, plan, context, asker);
            break;
        case FileTarget::Kind::group:
            plan_in_group({act.place.word, act.place.id}, plan, context, asker);
            break;
        case FileTarget::Kind::client:
            plan_word({act.place.word, act.place.id}, plan, context, asker);
            break;
    }
    if (!plan.refusal && !context.config->log_messages) plan.refusal = refuse_unknown_message();
    return plan;
}

// Of a direct message: those that are logged in to the account that received it, or the session if that was a guest.
std::vector<SlotId> receivers_of(const DeletionAnswer& found, const ActContext& context) {
    std::vector<SlotId> receivers;
    const Sessions& sessions = context.tables->sessions;
    for (const SlotId client : sessions.everyone()) {
        const ClientRow& row = sessions.row(client.slot);
        const bool is_its =
            found.receiver_account != 0 ? row.account == found.receiver_account : row.session == found.receiver_session;
        if (is_its) receivers.push_back(client);
    }
    return receivers;
}

// Who learns of a deletion, and why.
struct Notice {
    bool has_receivers = true;  // otherwise they know already
    std::string_view reason = {};
};

// A reason must not let someone write where they may not, and deleting a message again must not notify anyone again.
Notice notice_of(const act::DeleteMessage& act, const DeletionAnswer& found, std::optional<Room> room,
                 const ActContext& context, const Asker& asker) {
    const bool is_known = context.deletions != nullptr && context.deletions->holds(act.id);
    if (is_known || (found.is_gone && context.config->log_text)) return {.has_receivers = false};
    // Without texts in the log nothing tells whether it was deleted before.
    const bool is_in_room =
        room && (found.place == DeletionAnswer::Place::room || found.place == DeletionAnswer::Place::everyone);
    const bool is_silent = found.is_gone || (is_in_room && objection_to_speech(*context.tables, *room, asker.client,
                                                                               0) != SpeechObjection::none);
    return {.reason = is_silent ? std::string_view() : act.reason};
}

Receivers told(const Notice& notice, Receivers receivers) {
    return notice.has_receivers ? std::move(receivers) : Receivers();
}

Draft delete_in_conversation(const act::DeleteMessage& act, const DeletionAnswer& found, const Notice& notice,
                             const ActContext& context) {
    std::vector<SlotId> receivers = receivers_of(found, context);
    ToClient to{.session = found.receiver_session, .name = act.place.word};
    if (!receivers.empty()) {
        const ClientRow& row = context.tables->sessions.row(receivers.front().slot);
        to = {row.client_id, row.session, row.name_view()};
    }
    const records::Deleted deleted{.to = to,
                                   .id = act.id,
                                   .reason = notice.reason,
                                   .receiver_account = static_cast<std::uint32_t>(found.receiver_account)};
    return Draft(deleted.record(), told(notice, Receivers(std::move(receivers))))
        .with_target(std::string(to.name.substr(0, max_name_size)));
}

}  // namespace

std::optional<Question> ask_about_deletion(const act::DeleteMessage& act, const ActContext& context,
                                           const Asker& asker) {
    const DeletionPlan made = plan_deletion(act, context, asker);
    if (made.refusal) return std::nullopt;
    return made.needs_names ? ask_for_names() : made.asked.question();
}

Draft perform_deletion_answer(const act::DeleteMessage& act, const Answer& answer, const ActContext& context,
                              const Asker& asker) {
    // The client may have lost the right to do this while it waited.
    DeletionPlan now = plan_deletion(act, context, asker);
    if (now.refusal) return *std::move(now.refusal);
    const auto found = DeletionAnswer::of(answer);
    if (!found || now.needs_names || found->account != asker.row->account) return refuse_busy();
    const Notice notice = notice_of(act, *found, now.room, context, asker);
    records::Deleted deleted{.id = act.id, .reason = notice.reason};
    const auto refuse_stranger = [&found] {
        if (!found->is_visible) return refuse_unknown_message();
        return Draft::refusal(ErrorCode::forbidden,
                              "Only its sender, or an operator of the room, can delete this message");
    };
    const Tables& tables = *context.tables;
    switch (found->place) {
        case DeletionAnswer::Place::none:
            break;
        case DeletionAnswer::Place::room:
            if (!now.room) return refuse_busy();
            if (!found->is_own && !tables.rooms.standing(asker.client, *now.room).is_operator) return refuse_stranger();
            deleted.to = ToRoom{tables.rooms.name(*now.room)};
            return Draft(deleted.record(), told(notice, Receivers(tables.rooms.members(*now.room))));
        case DeletionAnswer::Place::everyone:
            return found->is_own ? Draft(deleted.record(), told(notice, Receivers(tables.sessions.everyone())))
                                 : refuse_stranger();
        case DeletionAnswer::Place::group: {
            if (!now.group) return refuse_busy();
            if (!found->is_own) return refuse_stranger();
            std::string number = std::to_string(tables.groups.id(*now.group));
            deleted.to = ToGroup{number};
            return Draft(deleted.record(), told(notice, Receivers(tables.groups.members(*now.group))))
                .with_target(std::move(number));
        }
        case DeletionAnswer::Place::conversation:
            return found->is_own ? delete_in_conversation(act, *found, notice, context) : refuse_stranger();
    }
    return refuse_unknown_message();
}

// Without an answer there is something to refuse, or nobody to ask.
Draft perform(const act::DeleteMessage& act, const ActContext& context, const Asker& asker) {
    DeletionPlan now = plan_deletion(act, context, asker);
    return now.refusal ? *std::move(now.refusal) : refuse_busy();
}

}  // namespace chat
