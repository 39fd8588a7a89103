// The texts and fields of those entries.
#include "chat-acceptor/clients/client_journal.h"

#include "chat-acceptor/clients/line_attempt.h"
#include "shared/records/answer.h"

namespace chat {

namespace {

void journal_about(Priority priority, Event event, const ClientRow& row, const std::string& before,
                   const std::string& after) {
    const std::string name(row.name_view());
    const std::string peer(row.peer_view());
    const std::string id = std::to_string(row.client_id);
    journal(priority, event, before + name + " (" + id + ") at " + peer + ' ' + after,
            {{"CHAT_CLIENT_ID", id}, {"CHAT_CLIENT_NAME", name}, {"CHAT_PEER", peer}});
}

}  // namespace

void journal_client(Event event, const ClientRow& row, const std::string& what) {
    journal_about(Priority::info, event, row, {}, what);
}

void journal_deadly_line(const ClientRow& row, std::size_t size) {
    journal_about(Priority::error, "line-skipped", row, "A line of ",
                  "was skipped: chat-acceptor died " + std::to_string(LineAttempt::most_deaths) +
                      " times while it processed these " + std::to_string(size) + " bytes");
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
