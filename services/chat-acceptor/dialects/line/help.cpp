// Rows of the table, formatted for people.
#include "chat-acceptor/dialects/line/help.h"

#include "chat-acceptor/dialects/line/command_table.h"
#include "shared/records/answer.h"

#include <string>

namespace chat {
namespace {

void append_help_of(std::string& rows, const Command& command) {
    std::string usage(command.name);
    if (!command.usage.empty()) usage.append(" ").append(command.usage);
    usage.append(" — ").append(command.meaning);
    append_help_info(rows, {command.name, usage});
}

Draft help(std::string rows, std::size_t count) {
    return Draft(records::Help{.count = static_cast<std::uint32_t>(count)}.record()).with_text(std::move(rows));
}

}  // namespace

Draft answer_help(std::string_view word) {
    std::string rows;
    if (word.empty()) {
        for (const Command& command : command_table()) append_help_of(rows, command);
        return help(std::move(rows), command_table().size());
    }
    const std::string name = word.starts_with('/') ? std::string(word) : '/' + std::string(word);
    const Command* command = find_command(name);
    if (command == nullptr) return Draft::refusal(ErrorCode::unknown_command, "There is no command " + name);
    append_help_of(rows, *command);
    return help(std::move(rows), 1);
}

}  // namespace chat
