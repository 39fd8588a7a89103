// Messages to one client and to all: /send /broadcast.
#include "shared/records/message.h"

#include "chat-acceptor/acts/kept.h"

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
    if (auto kept = send_to_away(act, client, context, asker)) return *std::move(kept);
    const Sessions& sessions = context.tables->sessions;
    if (client) {
        if (*client == asker.client && !act.may_be_self) return Draft::refusal(ErrorCode::self, "That is you");
        const ClientRow& row = sessions.row(client->slot);
        const ToClient to{row.client_id, row.session, row.name_view()};
        return {records::Message{.to = to,
                                 .text = act.text,
                                 .count = 1,
                                 .form = act.form,
                                 .receiver_account = row.account,
                                 .may_keep = row.account != 0 && (act.form & not_kept) == 0 && keeps_unsent(context)}
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

Draft perform(const act::Broadcast& act, const ActContext& context, const Asker& /*asker*/) {
    const auto everyone = context.tables->sessions.everyone();
    const records::Message message{.text = act.text, .count = static_cast<std::uint32_t>(everyone.size()) - 1};
    return {message.record(), Receivers(everyone)};
}

}  // namespace chat
