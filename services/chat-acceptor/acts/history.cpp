// /history: who may see what, and the page once it has been read. The log is read by a thread (questions/
// history_reader); until it has answered, the line waits.
//
// A page has everything up to a number that was given before the log was read. Whatever has a higher number is sent
// live, because the client is a member before that number and until the answer.
#include "shared/records/history.h"

#include "chat-acceptor/acts/perform.h"
#include "chat-acceptor/acts/waiting.h"
#include "chat-acceptor/questions/history_question.h"
#include "shared/text/text_rules.h"

#include <algorithm>
#include <limits>
#include <optional>
#include <utility>

namespace chat {
namespace {

using Select = act::ShowHistory::Select;
using Side = HistoryQuestion::Select;

constexpr std::uint64_t usual_limit = 20;
constexpr std::size_t outbox_share = 4;

// The question, or why it is not asked.
struct Plan {
    std::optional<Draft> refusal = {};
    HistoryQuestion asked = {};
    bool needs_names = false;  // which accounts there are is not known yet
};

Plan refused(ErrorCode code, std::string text) {
    return {.refusal = Draft::refusal(code, std::move(text))};
}

Plan plan_room(const act::ShowHistory& act, const ActContext& context, const Asker& asker) {
    const Rooms& rooms = context.tables->rooms;
    const auto room = rooms.find(act.place);
    if (!room) return {.refusal = refuse_unknown_room(act.place)};
    const auto joined = rooms.joined_by(asker.client, *room);
    if (!joined) return refused(ErrorCode::not_a_member, "You are not in the room " + std::string(rooms.name(*room)));
    const auto asked = ask_about_room(*room, context, asker);
    return asked ? Plan{.asked = *asked} : refused(ErrorCode::history_off, "The history of rooms is off");
}

Plan plan(const act::ShowHistory& act, const ActContext& context, const Asker& asker) {
    Plan plan;
    const bool has_account = asker.row->account != 0 && context.names != nullptr;
    std::optional<AccountNames::Account> other;
    if (!act.is_room && has_account) {
        if (context.names->are_available && !context.names->are_loaded) return {.needs_names = true};
        other = context.names->find(act.place);
    }
    const bool is_of_guest = !act.is_room && !other && act.may_be_guest && has_account;
    if (!other && !is_of_guest)
        plan = plan_room(act, context, asker);
    else if (context.config->history_accounts == "none")
        plan = refused(ErrorCode::history_off, "The history of conversations is off");
    else if (other)
        plan.asked.other = other->number;
    else
        plan.asked.guest = act.place;
    HistoryQuestion& asked = plan.asked;
    asked.account = asker.row->account;
    const auto most = static_cast<std::uint64_t>(context.config->history_page);
    asked.limit = std::min(act.limit == 0 ? usual_limit : act.limit, most);
    asked.bytes = act.bytes != 0 ? act.bytes : history_page_size(context);
    asked.has_topics = act.has_topics;
    switch (act.select) {
        case Select::newest:
            break;
        case Select::before:
            if (act.first == 0)
                asked.limit = 0;
            else
                asked.highest = act.first - 1;
            break;
        case Select::after:
            asked.select = Side::oldest;
            asked.lowest = act.first < std::numeric_limits<std::uint64_t>::max() ? act.first + 1 : act.first;
            break;
        case Select::around:
            asked.select = Side::around;
            asked.middle = act.first;
            asked.middle_at = act.from;
            break;
        case Select::between:
        case Select::latest:
            asked.select = act.select == Select::latest ? Side::newest : Side::oldest;
            asked.lowest = act.first;
            asked.highest = act.second;
            asked.since = act.from;
            asked.until = act.until;
            break;
        case Select::since:
            asked.select = Side::oldest;
            asked.since = static_cast<Microseconds>(act.first);
            break;
    }
    return plan;
}

}  // namespace

std::optional<HistoryQuestion> ask_about_room(Room room, const ActContext& context, const Asker& asker) {
    const Rooms& rooms = context.tables->rooms;
    const auto joined = rooms.joined_by(asker.client, room);
    const std::string& policy =
        asker.row->account != 0 ? context.config->history_accounts : context.config->history_guests;
    if (!joined || policy == "none") return std::nullopt;
    HistoryQuestion asked{.room = rooms.name(room), .is_lobby = room == lobby, .opened = rooms.opened_by(room)};
    if (policy == "joined") asked.joined = *joined;
    if (policy == "registered") asked.registered = asker.row->account_since;
    return asked;
}

std::size_t history_page_size(const ActContext& context) noexcept {
    return std::min(largest_history_page, context.outbox_size / outbox_share);
}

std::optional<Question> ask_for_history(const act::ShowHistory& act, const ActContext& context, const Asker& asker) {
    const Plan made = plan(act, context, asker);
    if (made.refusal) return std::nullopt;
    return made.needs_names ? ask_for_names() : made.asked.question();
}

Draft perform_history_answer(const act::ShowHistory& act, const Answer& answer, const ActContext& context,
                             const Asker& asker) {
    // The client may have lost the right to see this while it waited.
    Plan now = plan(act, context, asker);
    if (now.refusal) return *std::move(now.refusal);
    const auto read = HistoryAnswer::of(answer);
    // The name may have become that of an account, or the account's name that of a room.
    if (!read || now.needs_names || read->account != now.asked.account || read->other != now.asked.other)
        return refuse_busy();
    if (read->refusal) return Draft::refusal(*read->refusal, "The history of this room is off");
    // What was deleted since the log was read is not shown any more.
    auto rest = context.deletions != nullptr ? context.deletions->without_deleted(read->rows, read->upto)
                                             : RecentDeletions::Rest{std::string(read->rows)};
    if (!rest) return refuse_busy();
    records::History page{.count = static_cast<std::uint32_t>(read->count - rest->removed),
                          .upto = read->upto,
                          .more = read->more,
                          .complete = read->complete};
    if (!now.asked.is_conversation()) {
        const Rooms& rooms = context.tables->rooms;
        const auto room = rooms.find(act.place);
        const auto joined = room ? rooms.joined_by(asker.client, *room) : std::nullopt;
        // An operator has taken it out of the room and put it back: there would be a gap before what it receives live.
        if (!joined || *joined > read->upto) return refuse_busy();
        page.room = rooms.name(*room);
    }
    return Draft(page.record()).with_text(std::move(rest->rows));
}

// Without an answer there is something to refuse, or nobody to ask.
Draft perform(const act::ShowHistory& act, const ActContext& context, const Asker& asker) {
    Plan now = plan(act, context, asker);
    return now.refusal ? *std::move(now.refusal) : refuse_busy();
}

}  // namespace chat
