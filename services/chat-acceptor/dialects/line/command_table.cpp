// The table of commands, and how their arguments are spelled.
#include "chat-acceptor/dialects/line/command_table.h"

#include "chat-acceptor/dialects/letters.h"
#include "chat-acceptor/dialects/line/arguments.h"
#include "shared/text/text_rules.h"

#include <algorithm>
#include <array>
#include <cstdlib>
#include <utility>

namespace chat {
namespace {

using namespace act;

constexpr std::array table = {
    Command{"/action", Shape::word_and_text, say_action, "ROOM|ID|NAME TEXT",
            "says what you do, in a room or to a client"},
    Command{"/active", Shape::none, plain<ListClients>, "", "lists who is connected"},
    Command{"/activeallgroups", Shape::none, list_groups<true>, "", "lists all groups"},
    Command{"/activegroups", Shape::none, list_groups<false>, "", "lists your groups"},
    Command{"/approve", Shape::two_words, answer_request<true>, "GID ID", "approves a request to join a group"},
    Command{"/away", Shape::optional, with_text<GoAway>, "[TEXT]", "says that you are away, or back"},
    Command{"/broadcast", Shape::text, with_text<Broadcast>, "TEXT", "writes to everyone who is connected"},
    Command{"/calc", Shape::optional, with_text<Calculate>, "A OP B", "calculates with two numbers; OP is + - * or /"},
    Command{"/certificate", Shape::word, change_certificate, "add|remove",
            "lets your TLS certificate log in, or not any more"},
    Command{"/date", Shape::none, plain<ShowDate>, "", "shows the server's date"},
    Command{"/declinegroup", Shape::word, with_group<DeclineGroup>, "GID", "declines an invitation to a group"},
    Command{"/delete", Shape::two_words_and_optional, delete_message, "ROOM|NAME ID [REASON]",
            "deletes a message of yours or of your room", false, has_message_id},
    Command{"/deop", Shape::two_words, change_operator<false>, "ROOM ID|NAME", "removes a member's operator rights"},
    Command{"/echo", Shape::optional, with_text<Echo>, "TEXT", "sends the text back"},
    Command{"/exit", Shape::optional, quit, "[REASON]", "leaves the server"},
    Command{"/help", Shape::optional, nullptr, "[COMMAND]", "lists the commands, or explains one"},
    Command{"/history", Shape::word_and_words, show_history, "ROOM|NAME [LIMIT] [before=ID …]",
            "shows what was written earlier", false, asks_for_history},
    Command{"/join", Shape::word, with_room<JoinRoom>, "ROOM", "enters a room, or opens it"},
    Command{"/joingroup", Shape::word, with_group<JoinGroup>, "GID",
            "accepts an invitation to a group, or asks to join it"},
    Command{"/kick", Shape::two_words_and_optional, kick_from_room, "ROOM ID|NAME [REASON]",
            "removes a client from a room that you operate"},
    Command{"/leave", Shape::word, with_room<LeaveRoom>, "ROOM", "leaves a room"},
    Command{"/leavegroup", Shape::word, with_group<LeaveGroup>, "GID", "leaves a group"},
    Command{"/login", Shape::optional, log_in, "NAME [PASSWORD]", "sets your name, or logs in to your account", true},
    Command{"/logout", Shape::none, plain<LogOut>, "", "stops using your account"},
    Command{"/makegroup", Shape::text, make_group<false>, "ID…", "makes a group with these clients"},
    Command{"/makegroupreq", Shape::text, make_group<true>, "ID…", "makes a group and invites these clients"},
    Command{"/members", Shape::word, with_room<ListMembers>, "ROOM", "lists who is in a room"},
    Command{"/op", Shape::two_words, change_operator<true>, "ROOM ID|NAME", "makes a member an operator of a room"},
    Command{"/password", Shape::two_words, change_password, "OLD NEW", "changes your password", true},
    Command{"/quiet", Shape::none, plain<StayQuiet>, "", "stays unannounced until you speak, as the first line"},
    Command{"/quit", Shape::optional, quit, "[REASON]", "leaves the server"},
    Command{"/register", Shape::one_or_two_words, register_name, "SECRET [INVITE]",
            "registers your name, so that only you can use it", true},
    Command{"/reject", Shape::two_words, answer_request<false>, "GID ID", "rejects a request to join a group"},
    Command{"/reset", Shape::three_words, reset_password, "NAME TOKEN NEW",
            "sets a new password with a token from the operator", true},
    Command{"/rooms", Shape::none, plain<ListRooms>, "", "lists the rooms"},
    Command{"/say", Shape::word_and_text, with_room_and_text<SayInRoom>, "ROOM TEXT", "writes to everyone in a room"},
    Command{"/seen", Shape::two_words, mark_seen, "ROOM|NAME ID", "marks what you have read there, up to a message",
            false, has_message_id},
    Command{"/send", Shape::word_and_text, with_client_and_text<SendMessage>, "ID|NAME TEXT", "writes to one client"},
    Command{"/sendfile", Shape::three_words_and_text, offer_file, "TARGET SIZE SHA256 NAME",
            "sends a file; in chat-client: /sendfile TARGET PATH"},
    Command{"/sendgroup", Shape::word_and_text, with_group_and_text<SayInGroup>, "GID TEXT",
            "writes to everyone in a group"},
    Command{"/time", Shape::none, plain<ShowTime>, "", "shows the server's time"},
    Command{"/topic", Shape::word_and_optional, topic, "ROOM [TEXT|-]", "shows, sets or clears a room's topic"},
    Command{"/unread", Shape::none, plain<ListUnread>, "", "lists where you have not read everything"},
    Command{"/whoami", Shape::none, plain<ShowSelf>, "", "shows your id and name"},
};

#ifdef CHAT_CRASH_POINTS
// For tests, which enable it through the environment: not in the table, and not in /help.
constexpr Command wait_command{"/wait", Shape::word_and_text, wait_for_sleeper, "MS TEXT", "sends the text back later"};

bool has_test_commands() noexcept {
    static const bool wanted = std::getenv("CHAT_TEST_COMMANDS") != nullptr;
    return wanted;
}
#endif

static_assert(std::is_sorted(table.begin(), table.end(), [](auto& a, auto& b) { return a.name < b.name; }));
constexpr auto first_with_letter = rows_by_letter(table, 1);  // the name begins with a slash

bool is_word(std::string_view text) noexcept {
    return !text.empty() && text.find(' ') == std::string_view::npos;
}

// Takes a word off the text. False: there is none, or nothing after it.
bool take_word(std::string_view& text, std::string_view& word) noexcept {
    const std::size_t space = text.find(' ');
    if (space == std::string_view::npos || space == 0 || space + 1 == text.size()) return false;
    word = text.substr(0, space);
    text.remove_prefix(space + 1);
    return true;
}

// Takes the word at the beginning off the text, with the space after it; empty if there is none.
std::string_view take_first(std::string_view& text) noexcept {
    const std::string_view word = text.substr(0, text.find(' '));
    text.remove_prefix(std::min(word.size() + 1, text.size()));
    return word;
}

bool ends_with_word(Shape shape) noexcept {
    switch (shape) {
        case Shape::none:
        case Shape::word:
        case Shape::one_or_two_words:
        case Shape::two_words:
        case Shape::three_words:
        case Shape::word_and_words:
            return true;
        case Shape::optional:
        case Shape::text:
        case Shape::word_and_text:
        case Shape::word_and_optional:
        case Shape::two_words_and_optional:
        case Shape::three_words_and_text:
            break;
    }
    return false;
}

}  // namespace

Arguments split_arguments(Shape shape, std::string_view text) noexcept {
    if (ends_with_word(shape)) text = text.substr(0, text.find_last_not_of(' ') + 1);
    Arguments arguments{.text = text};
    switch (shape) {
        case Shape::none:
            arguments.fit = text.empty();
            return arguments;
        case Shape::optional:
            return arguments;
        case Shape::text:
            arguments.fit = !text.empty();
            return arguments;
        case Shape::word:
            arguments.first = text;
            arguments.fit = is_word(text);
            return arguments;
        case Shape::one_or_two_words:
            if (text.find(' ') == std::string_view::npos) {
                arguments.first = text;
                arguments.fit = !text.empty();
                return arguments;
            }
            [[fallthrough]];
        case Shape::two_words:
            arguments.fit = take_word(arguments.text, arguments.first) && is_word(arguments.text);
            arguments.second = arguments.text;
            return arguments;
        case Shape::three_words:
            arguments.fit = take_word(arguments.text, arguments.first) && take_word(arguments.text, arguments.second) &&
                            is_word(arguments.text);
            arguments.third = arguments.text;
            return arguments;
        case Shape::word_and_text:
            arguments.fit = take_word(arguments.text, arguments.first);
            return arguments;
        case Shape::word_and_words:
        case Shape::word_and_optional:
            arguments.first = take_first(arguments.text);
            arguments.fit = !arguments.first.empty();
            return arguments;
        case Shape::two_words_and_optional:
            arguments.first = take_first(arguments.text);
            arguments.second = take_first(arguments.text);
            arguments.fit = !arguments.second.empty();
            return arguments;
        case Shape::three_words_and_text:
            break;
    }
    arguments.fit = take_word(arguments.text, arguments.first) && take_word(arguments.text, arguments.second) &&
                    take_word(arguments.text, arguments.third);
    return arguments;
}

std::span<const Command> command_table() noexcept {
    return table;
}

const Command* find_command(std::string_view name) noexcept {
    if (name.size() < 2) return nullptr;
    const std::size_t letter = letter_number(name[1]);
    if (letter >= letters) return nullptr;
    for (std::size_t row = first_with_letter[letter]; row < first_with_letter[letter + 1]; ++row)
        if (table[row].name == name) return &table[row];
    for (std::size_t row = first_with_letter[letter]; row < first_with_letter[letter + 1]; ++row)
        if (equal_ignoring_case(table[row].name, name)) return &table[row];
#ifdef CHAT_CRASH_POINTS
    if (has_test_commands() && name == wait_command.name) return &wait_command;
#endif
    return nullptr;
}

}  // namespace chat
