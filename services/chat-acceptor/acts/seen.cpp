// How far an account has read: /seen /unread. Its marks are in the log; /unread reads them there, so it waits as
// /history does.
#include "chat-acceptor/acts/perform.h"
#include "chat-acceptor/acts/waiting.h"
#include "chat-acceptor/questions/unread_question.h"
#include "shared/records/history.h"
#include "shared/records/session.h"
#include "shared/records/unread.h"
#include "shared/text/text_rules.h"

#include <algorithm>
#include <string>
#include <utility>
#include <vector>

namespace chat {
namespace {

bool has_names(const ActContext& context) noexcept {
    return context.names != nullptr && context.names->are_available;
}

Draft refuse_without_account() {
    return Draft::refusal(ErrorCode::no_such_account, "You are not logged in");
}

// Sessions of the same account, besides this one.
Receivers other_sessions(const ActContext& context, const Asker& asker) {
    std::vector<SlotId> others;
    const Sessions& sessions = context.tables->sessions;
    for (const SlotId client : sessions.everyone())
        if (client != asker.client && sessions.row(client.slot).account == asker.row->account) others.push_back(client);
    return Receivers(std::move(others));
}

// The rooms that the client is in, as far as it may see what was written there.
std::vector<HistoryQuestion> visible_rooms(const ActContext& context, const Asker& asker) {
    std::vector<HistoryQuestion> visible;
    for (const Room room : context.tables->rooms.rooms_of(asker.client)) {
        auto asked = ask_about_room(room, context, asker);
        if (!asked) continue;
        // What is older than the account was never unread for it.
        asked->registered = asker.row->account_since;
        visible.push_back(*asked);
    }
    return visible;
}

}  // namespace

std::optional<Question> ask_about_seen(const Act& act, const ActContext& context, const Asker& asker) {
    if (!has_names(context) || asker.row->account == 0) return std::nullopt;
    if (std::holds_alternative<act::MarkSeen>(act))
        return context.names->are_loaded ? std::nullopt : std::optional(ask_for_names());
    if (!std::holds_alternative<act::ListUnread>(act)) return std::nullopt;
    if (!context.names->are_loaded) return ask_for_names();
    return UnreadQuestion{.account = asker.row->account,
                          .has_talks = context.config->history_accounts != "none",
                          .rooms = visible_rooms(context, asker)}
        .question();
}

Draft perform(const act::MarkSeen& act, const ActContext& context, const Asker& asker) {
    const bool has_account = has_names(context) && asker.row->account != 0;
    if (!has_account && act.at == 0) return refuse_without_account();
    if (has_account && !context.names->are_loaded) return refuse_busy();
    records::Seen seen{.account = has_account ? asker.row->account : 0, .id = act.id, .at = act.at};
    std::string place;
    const auto other = act.is_room || !has_account ? std::nullopt : context.names->find(act.place);
    if (!other && !act.is_room && act.at > 0) {
        place = act.place;
    } else if (other) {
        seen.other = static_cast<std::uint32_t>(other->number);
        place = context.names->spelling_of(act.place);
    } else {
        const Rooms& rooms = context.tables->rooms;
        const auto room = rooms.find(act.place);
        if (!room) return refuse_unknown_room(act.place);
        if (!rooms.is_member(asker.client, *room))
            return Draft::refusal(ErrorCode::not_a_member, "You are not in the room " + std::string(rooms.name(*room)));
        place = "room:" + std::string(rooms.name(*room));
    }
    auto receivers = has_account ? other_sessions(context, asker) : Receivers();
    return Draft(seen.record(), std::move(receivers)).with_text(std::move(place));
}

// Without an answer there is something to refuse, or nobody to ask.
Draft perform(const act::ListUnread& /*act*/, const ActContext& context, const Asker& asker) {
    return has_names(context) && asker.row->account != 0 ? refuse_busy() : refuse_without_account();
}

Draft perform_unread_answer(const Answer& answer, const ActContext& context, const Asker& asker) {
    if (!has_names(context) || asker.row->account == 0) return refuse_without_account();
    const auto read = UnreadAnswer::of(answer);
    if (!read || read->account != asker.row->account || !context.names->are_loaded) return refuse_busy();
    std::string rows;
    std::uint32_t count = 0;
    std::size_t bytes = 0;
    std::string_view places = read->places;
    while (const auto place = take_unread_place(places)) {
        UnreadInfo row{place->other == 0, place->name, place->count, place->first, place->last};
        if (place->other != 0) {
            // The account may have been deleted.
            const auto other = context.names->find(place->name);
            if (!other || other->number != place->other) continue;
            row.name = context.names->spelling_of(place->name);
        } else {
            const auto room = context.tables->rooms.find(place->name);
            if (!room || !context.tables->rooms.is_member(asker.client, *room)) continue;
        }
        bytes += largest_unread_line;
        if (bytes > history_page_size(context)) break;
        append_unread_info(rows, row);
        ++count;
    }
    return Draft(records::Unread{.count = count}.record()).with_text(std::move(rows));
}

}  // namespace chat
