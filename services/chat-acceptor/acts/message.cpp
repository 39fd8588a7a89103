// Messages to one client and to all: /send /broadcast.
#include "chat-acceptor/acts/perform.h"

namespace chat {
namespace {

Record message(MessageScope scope, std::string_view text) {
    Record record;
    record.kind = RecordKind::message;
    record.scope = static_cast<std::uint8_t>(scope);
    record.text = text;
    return record;
}

}  // namespace

Draft perform(const act::SendMessage& act, const ActContext& context, const Asker& asker) {
    const Sessions& sessions = context.tables->sessions;
    Record record = message(MessageScope::direct, act.text);
    record.number = 1;
    if (const auto client = find_client(context, act.to)) {
        if (*client == asker.client) return Draft::refusal(ErrorCode::self, "That is you");
        const ClientRow& row = sessions.row(client->slot);
        record.target_id = row.client_id;
        record.target_session = row.session;
        record.target = row.name_view();
        return {record, Receivers(*client)};
    }
    const DepartedRow* departed = act.to.id != 0 ? sessions.find_departed_id(act.to.id, asker.at)
                                                 : sessions.find_departed_name(act.to.word, asker.at);
    if (departed == nullptr) return refuse_unknown_client(act.to.word);
    record.flags = record_flag::discarded;
    record.target_id = departed->client_id;
    record.target_session = departed->session;
    record.target = departed->name_view();
    return Draft(record);
}

Draft perform(const act::Broadcast& act, const ActContext& context, const Asker& /*asker*/) {
    const auto everyone = context.tables->sessions.everyone();
    Record record = message(MessageScope::broadcast, act.text);
    record.number = static_cast<std::uint32_t>(everyone.size()) - 1;
    return {record, Receivers(everyone)};
}

}  // namespace chat
