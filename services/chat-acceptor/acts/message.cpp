// Messages to one client and to all, and what clients do: /send /broadcast /action /away.
#include "shared/records/message.h"

#include "chat-acceptor/acts/kept.h"
#include "shared/memory/irc_table.h"
#include "shared/records/answer.h"
#include "shared/text/formatting.h"

#include <string>
#include <utility>

namespace chat {
namespace {

// Only for a program that runs now.
constexpr std::uint16_t not_kept = message_form::ctcp | message_form::tags_only;

// A message that turns out to be unsent is kept as far as its row has a text.
bool keeps_unsent(const ActContext& context) {
    const Config& config = *context.config;
    return config.history_keep_away && config.accounts_max_kept > 0 && config.log_messages && config.log_text &&
           (!context.can_keep || context.can_keep());
}

}  // namespace

Draft perform(const act::SendMessage& act, const ActContext& context, const Asker& asker) {
    const auto client = find_client(context, act.to);
    const Sessions& sessions = context.tables->sessions;
    const bool may_be_away = !client || sessions.row(client->slot).is_getting_kept != 0;
    if (may_be_away)
        if (auto kept = send_to_away(act, client, context, asker)) return *std::move(kept);
    if (client) {
        if (*client == asker.client && !act.may_be_self) return Draft::refusal(ErrorCode::self, "That is you");
        const ClientRow& row = sessions.row(client->slot);
        const ToClient to{row.client_id, row.session, row.name_view()};
        const bool is_away = sessions.away_text(*client).size() > 0 && context.away_notices != nullptr &&
                             context.away_notices->is_due(asker.row->session, row.session, asker.at);
        return {records::Message{.to = to,
                                 .text = act.text,
                                 .count = 1,
                                 .form = act.form,
                                 .receiver_account = row.account,
                                 .may_keep = row.account != 0 && (act.form & not_kept) == 0 && keeps_unsent(context),
                                 .tells_away = is_away && *client != asker.client}
                    .record(),
                Receivers(*client)};
    }
    const DepartedRow* departed = act.to.id != 0 ? sessions.departed().find_id(act.to.id, asker.at)
                                                 : sessions.departed().find_name(act.to.word, asker.at);
    if (departed == nullptr) return refuse_unknown_client(act.to.word);
    const ToClient to{departed->client_id, departed->session, departed->name_view()};
    return Draft(
        records::Message{.to = to, .text = act.text, .count = 1, .discarded = true, .form = act.form}.record());
}

Act message_of(const act::SayAction& act, const ActContext& context) {
    const FileTarget& to = act.to;
    const bool may_be_room = to.kind == FileTarget::Kind::client && to.id == 0 &&
                             !context.tables->sessions.find_name(to.word) && context.tables->rooms.find(to.word);
    if (to.kind == FileTarget::Kind::room || may_be_room)
        return act::SayInRoom{to.word, act.text, message_form::action};
    if (to.kind == FileTarget::Kind::group) return act::SayInGroup{{to.word, to.id}, act.text, message_form::action};
    return act::SendMessage{{to.word, to.id}, act.text, message_form::action};
}

Draft perform(const act::SayAction& act, const ActContext& context, const Asker& asker) {
    return perform(message_of(act, context), context, asker);
}

// The words are in the row that IRC's AWAY writes too.
Draft perform(const act::GoAway& act, const ActContext& context, const Asker& asker) {
    const IrcRow& known = context.tables->sessions.irc_row(asker.client.slot);
    IrcRow row = known.generation == asker.client.generation ? known : IrcRow{};
    row.away.set(act.text);
    std::string text;
    const Record record = records::DialectAnswer{.row = {reinterpret_cast<const char*>(&row), sizeof row},
                                                 .news = static_cast<std::uint8_t>(IrcNews::away)}
                              .record(text);
    return Draft(record, irc_companions(context, asker.client)).with_text(std::move(text));
}

Draft perform(const act::Broadcast& act, const ActContext& context, const Asker& /*asker*/) {
    const auto everyone = context.tables->sessions.everyone();
    const records::Message message{
        .text = act.text,
        .count = static_cast<std::uint32_t>(everyone.size()) - 1,
        .form = has_formatting(act.text) ? message_form::formatted : std::uint16_t{0}};  // from IRC
    return {message.record(), Receivers(everyone)};
}

}  // namespace chat
