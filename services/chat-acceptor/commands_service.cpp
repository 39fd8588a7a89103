// What the server answers by itself: /calc /echo /date /time /help.
#include "chat-acceptor/commands.h"
#include "shared/calculator.h"

namespace chat {
namespace {

Record answer(RecordKind kind, std::string_view text = {}) {
    Record record;
    record.kind = kind;
    record.text = text;
    return record;
}

void append_help_of(std::string& rows, const Command& command) {
    std::string usage(command.name);
    if (!command.usage.empty()) usage.append(" ").append(command.usage);
    usage.append(" — ").append(command.meaning);
    append_help_info(rows, {command.name, usage});
}

}  // namespace

Record handle_calc(CommandContext& context, const Request& request) {
    Calculation calculation = calculate(request.text);
    if (calculation.outcome != CalculationOutcome::done)
        return refuse(context,
                      calculation.outcome == CalculationOutcome::divide_by_zero ? ErrorCode::divide_by_zero
                                                                                : ErrorCode::bad_expression,
                      std::string(explain(calculation.outcome)));
    context.text = std::move(calculation.expression);
    context.target = std::move(calculation.value);
    Record record = answer(RecordKind::result, context.text);
    record.target = context.target;
    return record;
}

Record handle_echo(CommandContext& /*context*/, const Request& request) {
    return answer(RecordKind::echo, request.text);
}

Record handle_date(CommandContext& /*context*/, const Request& /*request*/) {
    return answer(RecordKind::date);
}

Record handle_time(CommandContext& /*context*/, const Request& /*request*/) {
    return answer(RecordKind::time);
}

Record handle_help(CommandContext& context, const Request& request) {
    std::string rows;
    std::uint32_t count = 0;
    if (request.text.empty()) {
        for (const Command& command : command_table()) append_help_of(rows, command);
        count = static_cast<std::uint32_t>(command_table().size());
    } else {
        const std::string name =
            request.text.starts_with('/') ? std::string(request.text) : '/' + std::string(request.text);
        const Command* command = find_command(name);
        if (command == nullptr) return refuse(context, ErrorCode::unknown_command, "There is no command " + name);
        append_help_of(rows, *command);
        count = 1;
    }
    context.text = std::move(rows);
    Record record = answer(RecordKind::help, context.text);
    record.number = count;
    return record;
}

}  // namespace chat
