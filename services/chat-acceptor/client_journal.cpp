// The texts and fields of those entries.
#include "chat-acceptor/client_journal.h"

#include "shared/journal.h"

namespace chat {

void journal_client(const char* event, const ClientRow& row, const std::string& what) {
    const std::string name(row.name_view());
    const std::string peer(row.peer_view());
    const std::string id = std::to_string(row.client_id);
    journal(Priority::info, event, name + " (" + id + ") at " + peer + ' ' + what,
            {{"CHAT_CLIENT_ID", id}, {"CHAT_CLIENT_NAME", name}, {"CHAT_PEER", peer}});
}

void journal_result(const Record& result) {
    constexpr std::size_t longest = 100;
    std::string expression(result.text.substr(0, longest));
    if (expression.size() < result.text.size()) expression += "…";
    const std::string id = std::to_string(result.sender_id);
    journal(Priority::info, "calculated",
            std::string(result.name) + " (" + id + ") asked " + expression + " = " + std::string(result.target),
            {{"CHAT_CLIENT_ID", id},
             {"CHAT_CLIENT_NAME", std::string(result.name)},
             {"CHAT_EXPRESSION", expression},
             {"CHAT_RESULT", std::string(result.target)}});
}

}  // namespace chat
