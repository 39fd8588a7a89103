// Before the chat: makes the connection, and asks for the login name where the chat itself does not (piped input,
// calc), while the person can still quit, stop the program or resize the window.
#pragma once

#include "client/net/server_address.h"
#include "client/net/stream.h"
#include "client/process.h"
#include "client/talk/credentials.h"
#include "client/terminal/terminal.h"

#include <memory>
#include <optional>
#include <string>
#include <string_view>

namespace chat {

inline constexpr std::string_view name_question = "Enter login name:";

// The line leaves the chat.
[[nodiscard]] bool is_quit(std::string_view line);
// The line does so where a name is expected: the bare words are names there.
[[nodiscard]] bool is_leaving(std::string_view line);
// The complaint about a server that answers with something else than the protocol.
[[nodiscard]] std::string no_chat_server(const ServerAddress& server);
// What a person can do about it.
inline constexpr std::string_view check_address =
    "--server HOST[:PORT] says where the chat server is; its usual port is 5000.";
// Says on standard error why the chat ends, and what can be done about it: `hint` is for a person.
void complain(const Terminal& terminal, std::string_view complaint, std::string_view hint);

// And of one that has not said anything yet.
[[nodiscard]] std::string silent_server(const ServerAddress& server);

struct NameAnswer {
    std::optional<std::string> name;  // never empty; nothing: do not start the chat
    int exit_status = 0;              // for that case
    std::string secret = {};          // the password that was typed with it
};

// Asks until there is a name that is not empty, the input ends or a signal comes.
[[nodiscard]] NameAnswer ask_name(Terminal& terminal, Signals& signals);

struct ConnectingOutcome {
    std::unique_ptr<Stream> stream;  // connected; or none: do not start the chat
    ServerAddress server;            // as it was reached
    int exit_status = 0;             // where there is no stream
    std::string complaint = {};      // there is no server to talk to; empty: there is, or a signal came
    std::string hint = {};           // what a person can do about that
};

// Tries every address of the server, and tells a person if that takes long. Asks them about a certificate that nobody
// vouches for. Throws std::system_error.
[[nodiscard]] ConnectingOutcome connect_in_front_of(Terminal& terminal, Signals& signals, const ServerAddress& server);

}  // namespace chat
