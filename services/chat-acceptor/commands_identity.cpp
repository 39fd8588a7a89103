// Who one is and who is there: /login /whoami /active /quit.
#include "chat-acceptor/commands.h"
#include "shared/line.h"
#include "shared/text_rules.h"

namespace chat {
namespace {

ClientInfo info_of(const ClientRow& row, bool you) {
    return {row.client_id, row.connected_at, row.name_view(), you};
}

}  // namespace

Record handle_login(CommandContext& context, const Request& request) {
    if (request.text.find_first_not_of(' ') == std::string_view::npos)
        return refuse(context, ErrorCode::empty_name, "Username can't be empty");
    if (!is_name(request.text))
        return refuse(context, ErrorCode::bad_name,
                      "A name is a letter and up to 31 letters, digits, dots, dashes or underscores");
    const auto holder = context.sessions->find_name(request.text);
    if (holder && *holder != request.client)
        return refuse(context, ErrorCode::name_taken, "The name " + std::string(request.text) + " is taken");
    Record record;
    record.kind = RecordKind::renamed;
    record.name = request.text;
    record.target = request.row->name_view();
    if (request.row->announced) record.receivers = announcement_receivers(context, request.client);
    return record;
}

Record handle_whoami(CommandContext& context, const Request& request) {
    context.text.clear();
    append_client_info(context.text, info_of(*request.row, true));
    Record record;
    record.kind = RecordKind::clients;
    record.text = context.text;
    return record;
}

Record list_clients(CommandContext& context, SlotId asker, std::span<const SlotId> clients, std::string_view list) {
    context.text.clear();
    for (const SlotId client : clients)
        append_client_info(context.text, info_of(context.sessions->row(client.slot), client == asker));
    Record record;
    record.kind = RecordKind::clients;
    record.flags = record_flag::is_list;
    record.number = static_cast<std::uint32_t>(clients.size());
    record.target = list;
    record.text = context.text;
    return record;
}

Record handle_active(CommandContext& context, const Request& request) {
    return list_clients(context, request.client, context.sessions->everyone(), "active");
}

Record handle_quit(CommandContext& context, const Request& request) {
    const bool killed = request.text == "killed";
    Record record;
    record.kind = RecordKind::departed;
    record.flags = record_flag::says_bye;
    record.scope = static_cast<std::uint8_t>(killed ? LeaveReason::killed : LeaveReason::quit);
    if (!killed) record.text = request.text;
    record.number = context.sessions->announced_count() - (request.row->announced ? 1 : 0);
    record.receivers = announcement_receivers(context, request.client);
    return record;
}

}  // namespace chat
