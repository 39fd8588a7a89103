// Writing to one and to all.
#include "chat-acceptor/commands.h"
#include "shared/line.h"

namespace chat {
namespace {

std::optional<std::uint32_t> read_client_id(std::string_view word) noexcept {
    constexpr std::size_t digits = 5;
    const auto id = word.size() == digits ? whole_number<std::uint32_t>(word) : std::nullopt;
    return id && *id >= lowest_client_id ? id : std::nullopt;
}

Record message(MessageScope scope, std::string_view text) {
    Record record;
    record.kind = RecordKind::message;
    record.scope = static_cast<std::uint8_t>(scope);
    record.text = text;
    return record;
}

}  // namespace

std::optional<SlotId> find_client(const CommandContext& context, std::string_view id_or_name) {
    const auto id = read_client_id(id_or_name);
    return id ? context.sessions->find_id(*id) : context.sessions->find_name(id_or_name);
}

Record handle_send(CommandContext& context, const Request& request) {
    const auto [target, text] = split_first_word(request.text);
    const auto id = read_client_id(target);
    Record record = message(MessageScope::direct, text);
    if (const auto client = id ? context.sessions->find_id(*id) : context.sessions->find_name(target)) {
        if (*client == request.client) return refuse(context, ErrorCode::self, "That is you");
        const ClientRow& row = context.sessions->row(client->slot);
        record.target_id = row.client_id;
        record.target_session = row.session;
        record.target = row.name_view();
        context.receivers.assign(1, *client);
        record.receivers = context.receivers;
        record.number = 1;
        return record;
    }
    const DepartedRow* departed = id ? context.sessions->find_departed_id(*id, request.at)
                                     : context.sessions->find_departed_name(target, request.at);
    if (departed == nullptr)
        return refuse(context, ErrorCode::no_such_client, "There is no client " + std::string(target));
    record.flags = record_flag::discarded;
    record.number = 1;
    record.target_id = departed->client_id;
    record.target_session = departed->session;
    record.target = departed->name_view();
    return record;
}

Record handle_broadcast(CommandContext& context, const Request& request) {
    Record record = message(MessageScope::broadcast, request.text);
    record.receivers = context.sessions->everyone();
    record.number = static_cast<std::uint32_t>(record.receivers.size()) - 1;
    return record;
}

}  // namespace chat
