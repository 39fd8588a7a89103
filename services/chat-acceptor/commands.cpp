// The table of commands and the checks that need nothing but it.
#include "chat-acceptor/commands.h"

#include "shared/line.h"
#include "shared/text_rules.h"

#include <algorithm>
#include <array>

namespace chat {
namespace {

constexpr std::array table = {
    Command{"/active", handle_active, Arguments::none, "", "lists who is connected"},
    Command{"/activeallgroups", handle_activeallgroups, Arguments::none, "", "lists all groups"},
    Command{"/activegroups", handle_activegroups, Arguments::none, "", "lists the groups one is in"},
    Command{"/approve", handle_approve, Arguments::two_words, "GID ID", "lets one who asked into the group"},
    Command{"/broadcast", handle_broadcast, Arguments::text, "TEXT", "writes to everyone who is connected"},
    Command{"/calc", handle_calc, Arguments::optional, "A OP B", "works out one + - * or / of two numbers"},
    Command{"/date", handle_date, Arguments::none, "", "tells the server's date"},
    Command{"/declinegroup", handle_declinegroup, Arguments::word, "GID", "turns an invitation into a group down"},
    Command{"/echo", handle_echo, Arguments::optional, "TEXT", "sends the text back"},
    Command{"/exit", handle_quit, Arguments::optional, "[REASON]", "leaves the server", true},
    Command{"/help", handle_help, Arguments::optional, "[COMMAND]", "lists the commands, or explains one"},
    Command{"/join", handle_join, Arguments::word, "ROOM", "enters a room, which is opened for the first who does"},
    Command{"/joingroup", handle_joingroup, Arguments::word, "GID",
            "follows an invitation into a group, or asks for one"},
    Command{"/leave", handle_leave, Arguments::word, "ROOM", "leaves a room"},
    Command{"/leavegroup", handle_leavegroup, Arguments::word, "GID", "leaves a group"},
    Command{"/login", handle_login, Arguments::optional, "NAME", "takes a name of one's own"},
    Command{"/makegroup", handle_makegroup, Arguments::text, "ID…", "makes a group with these clients in it"},
    Command{"/makegroupreq", handle_makegroupreq, Arguments::text, "ID…", "makes a group and invites these clients"},
    Command{"/members", handle_members, Arguments::word, "ROOM", "lists who is in a room"},
    Command{"/quit", handle_quit, Arguments::optional, "[REASON]", "leaves the server", true},
    Command{"/reject", handle_reject, Arguments::two_words, "GID ID", "turns one who asked to join the group down"},
    Command{"/rooms", handle_rooms, Arguments::none, "", "lists the rooms"},
    Command{"/say", handle_say, Arguments::word_and_text, "ROOM TEXT", "writes to everyone in a room"},
    Command{"/send", handle_send, Arguments::word_and_text, "ID|NAME TEXT", "writes to one client"},
    Command{"/sendfile", handle_sendfile, Arguments::three_words_and_text, "TARGET SIZE SHA256 NAME",
            "sends a file; chat-client takes /sendfile TARGET PATH"},
    Command{"/sendgroup", handle_sendgroup, Arguments::word_and_text, "GID TEXT", "writes to everyone in a group"},
    Command{"/time", handle_time, Arguments::none, "", "tells the server's time"},
    Command{"/whoami", handle_whoami, Arguments::none, "", "tells one's own id and name"},
};

bool has_words_and_text(int words, std::string_view text) noexcept {
    for (int i = 0; i < words; ++i) {
        const auto [word, rest] = split_first_word(text);
        if (word.empty()) return false;
        text = rest;
    }
    return !text.empty();
}

bool fits(Arguments arguments, std::string_view text) noexcept {
    switch (arguments) {
        case Arguments::none:
            return text.empty();
        case Arguments::optional:
            return true;
        case Arguments::word:
            return !text.empty() && text.find(' ') == std::string_view::npos;
        case Arguments::text:
            return !text.empty();
        case Arguments::two_words:
        case Arguments::word_and_text:
        case Arguments::three_words_and_text:
            break;
    }
    if (arguments == Arguments::three_words_and_text) return has_words_and_text(3, text);
    const auto [word, rest] = split_first_word(text);
    return !word.empty() && !rest.empty() &&
           (arguments == Arguments::word_and_text || rest.find(' ') == std::string_view::npos);
}

// Where in the table the commands with each first letter begin, and behind the last letter its end.
constexpr std::size_t letters = 26;
constexpr auto first_with_letter = [] {
    static_assert(std::is_sorted(table.begin(), table.end(), [](auto& a, auto& b) { return a.name < b.name; }));
    std::array<std::size_t, letters + 1> firsts{};
    for (std::size_t letter = 0; letter <= letters; ++letter)
        while (firsts[letter] < table.size() && static_cast<std::size_t>(table[firsts[letter]].name[1] - 'a') < letter)
            ++firsts[letter];
    return firsts;
}();

}  // namespace

std::span<const Command> command_table() noexcept {
    return table;
}

const Command* find_command(std::string_view name) noexcept {
    if (name.size() < 2) return nullptr;
    const auto letter = static_cast<std::size_t>(lower_case(name[1]) - 'a');  // far beyond the last for what is none
    if (letter >= letters) return nullptr;
    for (std::size_t row = first_with_letter[letter]; row < first_with_letter[letter + 1]; ++row)
        if (equal_ignoring_case(table[row].name, name)) return &table[row];
    return nullptr;
}

Record run_command(const Command& command, CommandContext& context, const Request& request) {
    if (fits(command.arguments, request.text)) return command.handler(context, request);
    std::string usage = "Usage: " + std::string(command.name);
    if (!command.usage.empty()) usage.append(" ").append(command.usage);
    return refuse(context, ErrorCode::bad_arguments, std::move(usage));
}

Record refuse(CommandContext& context, ErrorCode code, std::string text) {
    context.text = std::move(text);
    Record record;
    record.kind = RecordKind::error;
    record.number = static_cast<std::uint32_t>(code);
    record.text = context.text;
    return record;
}

std::span<const SlotId> announcement_receivers(CommandContext& context, SlotId client) {
    const auto everyone = context.sessions->everyone();
    if (std::cmp_less_equal(everyone.size(), context.config->announce_up_to)) return everyone;
    context.receivers.assign(1, client);
    for (const Room room : context.rooms->rooms_of(client)) {
        if (room == lobby) continue;
        const auto members = context.rooms->members(room);
        context.receivers.insert(context.receivers.end(), members.begin(), members.end());
    }
    for (const Group group : context.groups->groups_of(client)) {
        const auto members = context.groups->members(group);
        context.receivers.insert(context.receivers.end(), members.begin(), members.end());
    }
    std::sort(context.receivers.begin(), context.receivers.end(), [](SlotId a, SlotId b) { return a.slot < b.slot; });
    context.receivers.erase(std::unique(context.receivers.begin(), context.receivers.end()), context.receivers.end());
    return context.receivers;
}

}  // namespace chat
