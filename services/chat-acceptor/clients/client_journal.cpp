// The texts and fields of those entries.
#include "chat-acceptor/clients/client_journal.h"

#include "shared/records/answer.h"

namespace chat {

void journal_client(Event event, const ClientRow& row, const std::string& what) {
    const std::string name(row.name_view());
    const std::string peer(row.peer_view());
    const std::string id = std::to_string(row.client_id);
    journal(Priority::info, event, name + " (" + id + ") at " + peer + ' ' + what,
            {{"CHAT_CLIENT_ID", id}, {"CHAT_CLIENT_NAME", name}, {"CHAT_PEER", peer}});
}

void journal_result(const Record& record) {
    constexpr std::size_t longest = 100;
    const auto result = records::Result::of(record);
    std::string expression(result.expression.substr(0, longest));
    if (expression.size() < result.expression.size()) expression += "…";
    const std::string id = std::to_string(record.sender_id);
    const std::string name(record.name);
    const std::string value(result.value);
    journal(
        Priority::info, "calculated", name + " (" + id + ") calculated " + expression + " = " + value,
        {{"CHAT_CLIENT_ID", id}, {"CHAT_CLIENT_NAME", name}, {"CHAT_EXPRESSION", expression}, {"CHAT_RESULT", value}});
}

}  // namespace chat
