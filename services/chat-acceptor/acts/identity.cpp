// Names and the list of clients: /login /whoami /active /quit /quiet.
#include "chat-acceptor/acts/list_part.h"
#include "chat-acceptor/acts/perform.h"
#include "shared/records/answer.h"
#include "shared/records/session.h"
#include "shared/text/line.h"
#include "shared/text/text_rules.h"

#include <algorithm>

namespace chat {
namespace {

ClientInfo info_of(const ActContext& context, SlotId client, bool you) {
    const Sessions& sessions = context.tables->sessions;
    const ClientRow& row = sessions.row(client.slot);
    return {row.client_id, row.connected_at, row.name_view(),
            you,           row.account != 0, !sessions.away_text(client).empty()};
}

}  // namespace

Draft perform(const act::Rename& act, const ActContext& context, const Asker& asker) {
    if (act.name.find_first_not_of(' ') == std::string_view::npos)
        return Draft::refusal(ErrorCode::empty_name, "Username can't be empty");
    if (!is_allowed_name(context, act.name)) return refuse_name();
    std::uint32_t account = 0;
    if (context.names != nullptr && context.names->are_available) {
        if (!context.names->are_loaded) return refuse_busy();
        if (const auto owner = context.names->find(act.name)) {
            account = asker.row->account;
            if (account != owner->number) return refuse_without_secret(act.name);
        }
    }
    const auto holder = context.tables->sessions.find_name(act.name);
    if (holder && *holder != asker.client)
        return Draft::refusal(ErrorCode::name_taken, "The name " + std::string(act.name) + " is taken");
    const bool loses_account = asker.row->account != 0 && account == 0;
    return {
        records::Renamed{
            .name = act.name, .old_name = asker.row->name_view(), .account = account, .loses_account = loses_account}
            .record(),
        asker.row->announced ? announcement_receivers(context, asker.client) : Receivers()};
}

Draft perform(const act::ShowSelf& /*act*/, const ActContext& context, const Asker& asker) {
    std::string rows;
    append_client_info(rows, info_of(context, asker.client, true));
    return Draft(records::Clients{}.record()).with_text(std::move(rows));
}

Draft list_clients(const ActContext& context, const Asker& asker, std::span<const SlotId> clients,
                   std::string_view list, std::optional<Room> room) {
    const auto row_of = [&](SlotId client) -> const ClientRow& { return context.tables->sessions.row(client.slot); };
    const auto listed_up_to = whole_number<std::uint64_t>(asker.row->list_cursor_view()).value_or(0);
    auto next =
        std::upper_bound(clients.begin(), clients.end(), listed_up_to,
                         [&](std::uint64_t session, SlotId client) { return session < row_of(client).session; });
    ListPart part(*asker.row);
    std::string rows;
    std::uint64_t last = 0;
    for (; next != clients.end(); ++next) {
        if (room && !context.tables->rooms.is_member(*next, *room)) continue;
        if (is_hidden(context, row_of(*next)) && *next != asker.client) continue;
        if (!part.take(largest_client_line)) break;
        ClientInfo info = info_of(context, *next, *next == asker.client);
        if (room) {
            const RoomStanding standing = context.tables->rooms.standing(*next, *room);
            info.is_operator = standing.is_operator;
            info.has_voice = standing.has_voice;
        }
        append_client_info(rows, info);
        last = row_of(*next).session;
    }
    part.set_cursor(std::to_string(last));
    return std::move(part).finish(records::Clients{.list = list}, std::move(rows), next == clients.end());
}

Draft perform(const act::ListClients& /*act*/, const ActContext& context, const Asker& asker) {
    return list_clients(context, asker, context.tables->sessions.everyone(), "active");
}

Draft perform(const act::Quit& act, const ActContext& context, const Asker& asker) {
    const records::Departed departed{
        .reason = act.reason,
        .word = act.words,
        .count = context.tables->sessions.announced_count() - (asker.row->announced ? 1 : 0),
        .says_bye = true};
    return {departed.record(), asker.row->announced ? announcement_receivers(context, asker.client) : Receivers()};
}

Draft perform(const act::StayQuiet& /*act*/, const ActContext& /*context*/, const Asker& asker) {
    const bool is_new = !asker.row->announced && !asker.row->has_succeeded;
    if (!is_new && !asker.row->is_quiet) return Draft::refusal(ErrorCode::forbidden, "/quiet must be the first line");
    return Draft(records::Quieted{}.record());
}

}  // namespace chat
