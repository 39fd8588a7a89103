// /help in the chat: see help_overview.h.
#include "client/talk/help_overview.h"

#include "client/talk/aliases.h"
#include "client/talk/view.h"
#include "client/terminal/wrap.h"
#include "shared/text/line.h"
#include "shared/text/text_rules.h"

#include <algorithm>
#include <array>
#include <functional>
#include <set>
#include <utility>

namespace chat {

namespace {

struct Topic {
    std::string_view name;
    std::string_view commands;
};

constexpr std::array topics{
    Topic{"Talk", "/to /send /say /sendgroup /broadcast /me /msg /w /query /action"},
    Topic{"People", "/active /who /whoami /login /nick /away /ignore /unignore"},
    Topic{"Rooms", "/join /leave /part /rooms /list /members /names /topic /kick /op /deop"},
    Topic{"Groups",
          "/makegroup /makegroupreq /joingroup /declinegroup /leavegroup /approve /reject /activegroups "
          "/activeallgroups"},
    Topic{"Files", "/sendfile /accept /decline"},
    Topic{"Read", "/history /unread /seen /delete /clear"},
    Topic{"Account", "/register /password /certificate /reset /logout /remember /forget"},
    Topic{"More", "/calc /date /time /echo /quiet /help /quit /exit"},
};
constexpr std::size_t widest = 80;
constexpr std::size_t narrowest = 20;
constexpr std::size_t indent = 9;
constexpr std::size_t max_rows = 20;  // at 80 columns; a narrower window has more

void add_rows(std::vector<std::string>& rows, std::string_view name, const std::vector<std::string>& commands,
              std::size_t columns) {
    if (commands.empty()) return;
    std::string row(name);
    row.resize(indent, ' ');
    for (const std::string& command : commands) {
        const bool is_first = row.back() == ' ';
        if (!is_first && row.size() + 1 + command.size() > columns) {
            rows.push_back(row);
            row.assign(indent, ' ');
        } else if (!is_first) {
            row += ' ';
        }
        row += command;
    }
    rows.push_back(row);
}

}  // namespace

std::vector<std::string> help_overview(const Directory& known, const std::vector<OwnCommand>& own,
                                       std::size_t columns) {
    columns = std::clamp(columns == 0 ? widest : columns, narrowest, widest);
    std::set<std::string, std::less<>> there(known.server_commands());
    for (const OwnCommand& command : own) {
        const std::string_view needed = needed_command(command.name);
        if (needed.empty() || known.server_has(needed)) there.emplace(command.name);
    }
    std::vector<std::string> rows{"Plain text goes to whom the prompt names, at first to the lobby."};
    for (const Topic& topic : topics) {
        std::vector<std::string> commands;
        for (const std::string_view word : words_of(topic.commands)) {
            std::string command(word);
            if (there.erase(command) > 0) commands.push_back(std::move(command));
        }
        add_rows(rows, topic.name, commands, columns);
    }
    add_rows(rows, "Others", {there.begin(), there.end()}, columns);
    // A server may have any number of commands.
    const std::size_t most = max_rows * widest / columns;
    if (rows.size() >= most) rows.resize(most - 1);
    rows.emplace_back("/help COMMAND explains one; Tab completes; Ctrl-D or quit leaves.");
    return rows;
}

bool show_help(Terminal& terminal, const Directory& known, const std::vector<OwnCommand>& own, std::string_view text) {
    const std::string word = trimmed(text);
    const std::string wanted = word.starts_with('/') ? word : "/" + word;
    if (word.empty() && terminal.is_editing()) {
        for (const std::string& row : help_overview(known, own, window_width())) terminal.show(row);
        return true;
    }
    const auto found = std::find_if(own.begin(), own.end(), [&wanted](const OwnCommand& command) {
        return equal_ignoring_case(command.name, wanted);
    });
    if (found == own.end()) return false;
    show_own_commands(terminal, {*found});
    return true;
}

void show_own_commands(Terminal& terminal, const std::vector<OwnCommand>& own) {
    for (const OwnCommand& command : own) {
        terminal.show(help_row(std::string(command.name) + (command.usage.empty() ? "" : " ") +
                               std::string(command.usage) + " — " + std::string(command.meaning)));
    }
}

}  // namespace chat
