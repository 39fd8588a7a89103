// The table.
#include "chat-acceptor/dialects/irc/commands.h"

#include "chat-acceptor/dialects/letters.h"
#include "shared/text/text_rules.h"

#include <algorithm>
#include <array>

namespace chat::irc {
namespace {

constexpr std::array table = {
    Command{"ADMIN", 0, false, admin, "ADMIN: shows who operates the server"},
    Command{"AUTHENTICATE", 1, true, authenticate,
            "AUTHENTICATE PLAIN|EXTERNAL, then AUTHENTICATE DATA: logs in (SASL)", true},
    Command{"AWAY", 0, false, away, "AWAY [:TEXT]: says that you are away, or back"},
    Command{"BATCH", 1, false, send_batch,
            "BATCH +ID draft/multiline TARGET, lines with batch=ID, BATCH -ID: sends a text of several lines"},
    Command{"CAP", 0, true, negotiate, "CAP LS|LIST|REQ|END: negotiates capabilities"},
    Command{"CHATHISTORY", 1, false, show_history,
            "CHATHISTORY LATEST|BEFORE|AFTER|AROUND|BETWEEN|TARGETS …: shows what was said earlier"},
    Command{"HELP", 0, false, help, "HELP [COMMAND]: lists the commands, or explains one"},
    Command{"HELPOP", 0, false, help, "HELPOP [COMMAND]: the same as HELP"},
    Command{"INFO", 0, false, info, "INFO: shows what the server runs"},
    Command{"INVITE", 0, false, invite,
            "INVITE [NICK #CHANNEL]: invites a person to a channel, or lists where you are invited"},
    Command{"ISON", 1, false, ison, "ISON NICK…: shows which of them are connected"},
    Command{"JOIN", 1, false, join, "JOIN #CHANNEL[,#CHANNEL…] [KEYS]: enters channels"},
    Command{"KICK", 2, false, kick, "KICK #CHANNEL NICK[,NICK…] [:REASON]: removes people from a channel"},
    Command{"KILL", 1, false, kill, "KILL NICK [:REASON]: ends a connection, for operators of the server"},
    Command{"LINKS", 0, false, links, "LINKS: lists linked servers; there are none"},
    Command{"LIST", 0, false, list, "LIST [#CHANNEL|MASK|CONDITION,…]: lists the channels"},
    Command{"LUSERS", 0, false, lusers, "LUSERS: shows how many clients there are"},
    Command{"MARKREAD", 0, false, mark_read, "MARKREAD TARGET [timestamp=TIME]: shows or sets how far you have read"},
    Command{"METADATA", 2, true, use_metadata,
            "METADATA *|NICK|#CHANNEL GET|LIST|SET|CLEAR|SUB|UNSUB|SUBS|SYNC …: what people say of themselves"},
    Command{"MODE", 1, false, mode, "MODE #CHANNEL|NICK [MODES [PARAMETERS]]: shows or changes modes"},
    Command{"MONITOR", 1, false, monitor,
            "MONITOR +|- NICK[,NICK…], MONITOR C|L|S: notifies you when people come and go"},
    Command{"MOTD", 0, false, motd, "MOTD: shows the message of the day"},
    Command{"NAMES", 0, false, names, "NAMES #CHANNEL[,#CHANNEL…]: lists who is in channels"},
    Command{"NICK", 0, true, take_nick, "NICK NICK: changes your nick"},
    Command{"NICKSERV", 1, false, ask_nickserv, "NICKSERV COMMAND: the same as PRIVMSG NickServ :COMMAND", true},
    Command{"NOTICE", 0, false, notice, "NOTICE TARGET :TEXT: sends a text that is not answered automatically"},
    Command{"NS", 1, false, ask_nickserv, "NS COMMAND: the same as PRIVMSG NickServ :COMMAND", true},
    Command{"OPER", 2, false, oper, "OPER NAME PASSWORD: makes you an operator of the server", true},
    Command{"PART", 1, false, part, "PART #CHANNEL[,#CHANNEL…] [:REASON]: leaves channels"},
    Command{"PASS", 1, true, take_password, "PASS PASSWORD|NAME:PASSWORD: the password of the server, or of an account",
            true},
    Command{"PING", 0, true, ping, "PING TOKEN: the server answers with PONG"},
    Command{"PONG", 0, true, pong, "PONG TOKEN: the answer to PING"},
    Command{"PRIVMSG", 0, false, privmsg, "PRIVMSG TARGET :TEXT: sends a text to a channel or a person"},
    Command{"QUIT", 0, true, quit, "QUIT [:REASON]: leaves the server"},
    Command{"REDACT", 2, false, redact, "REDACT TARGET MSGID [:REASON]: deletes a message"},
    Command{"REGISTER", 3, true, register_account, "REGISTER * * PASSWORD: makes your nick yours", true},
    Command{"SETNAME", 1, false, set_real_name, "SETNAME :REAL NAME: changes your real name"},
    Command{"STATS", 0, false, stats, "STATS u: shows how long the server has been running"},
    Command{"TAGMSG", 0, false, tagmsg, "TAGMSG TARGET: sends tags without a text"},
    Command{"TIME", 0, false, time, "TIME: shows the server's time"},
    Command{"TOPIC", 1, false, topic, "TOPIC #CHANNEL [:TEXT]: shows, sets or clears the topic"},
    Command{"USER", 0, true, take_user, "USER NAME 0 * :REAL NAME: registers"},
    Command{"USERHOST", 1, false, userhost, "USERHOST NICK…: shows the hosts of up to five people"},
    Command{"VERIFY", 2, true, verify_account, "VERIFY ACCOUNT CODE: not needed after REGISTER", true},
    Command{"VERSION", 0, false, version, "VERSION: shows the server's version"},
    Command{"WALLOPS", 0, false, wallops, "WALLOPS :TEXT: writes to all with user mode w, for operators of the server"},
    Command{"WHO", 1, false, who, "WHO #CHANNEL|MASK [o][%FIELDS[,TOKEN]]: lists people"},
    Command{"WHOIS", 0, false, whois, "WHOIS NICK: shows what is known of a person"},
    Command{"WHOWAS", 0, false, whowas, "WHOWAS NICK [COUNT]: shows who had that nick"},
};
static_assert(std::is_sorted(table.begin(), table.end(), [](auto& a, auto& b) { return a.name < b.name; }));

constexpr auto first_with_letter = rows_by_letter(table, 0);

}  // namespace

std::span<const Command> command_table() noexcept {
    return table;
}

const Command* find_command(std::string_view name) noexcept {
    if (name.empty()) return nullptr;
    const std::size_t letter = letter_number(name.front());
    if (letter >= letters) return nullptr;
    for (std::size_t row = first_with_letter[letter]; row < first_with_letter[letter + 1]; ++row)
        if (table[row].name == name || equal_ignoring_case(table[row].name, name)) return &table[row];
    return nullptr;
}

}  // namespace chat::irc
