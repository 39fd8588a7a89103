// The stages of a chat, and what is known in each of them.
//
//     AwaitingWelcome ─▶ LoggingIn ◀─▶ Naming      a guest goes from the welcome to Talking
//            ▲               │
//            │               ▼
//           Away ◀──────  Talking ──▶ Leaving ──▶ Over
//
// A connection that is lost leads to Away from each stage of a return, and before the first arrival to Over. A signal
// leads to Leaving from everywhere, and to Over where there is no connection.
#pragma once

#include "client/net/deadline.h"
#include "client/talk/entry.h"

#include <memory>
#include <optional>
#include <string>
#include <variant>

namespace chat {

// Nothing has come yet.
struct AwaitingWelcome {
    Entry entry;
    Deadline deadline;
};
// The name is sent, and not answered.
struct LoggingIn {
    Entry entry;
    Deadline deadline;
};
// The name was refused; the person is asked for another.
struct Naming {
    Entry entry;
};
struct Talking {
    std::unique_ptr<Link> link;
    Deadline::Clock::time_point since;
};
// There is no connection, and another one is tried.
struct Away {
    Return back;
};
// The server was told; its goodbye has not come yet.
struct Leaving {
    std::unique_ptr<Link> link;
    Deadline deadline;
    bool in_haste;  // a signal ends us, or nobody reads what we show: no goodbye is no reason to complain
};
struct Over {
    int exit_status;
};

using Stage = std::variant<AwaitingWelcome, LoggingIn, Naming, Talking, Away, Leaving, Over>;

// The connection to the server; null in Away and Over.
[[nodiscard]] Link* link_of(Stage& stage);
// Takes it out, for the stage that comes next.
[[nodiscard]] std::unique_ptr<Link> take_link(Stage& stage);

// How to come back if the connection were lost now; nothing where we have not been in the chat yet, or leave it.
// `name`: that we have in the chat.
[[nodiscard]] std::optional<Return> way_back(const Stage& stage, const std::string& name);

// Typed lines are taken: once we have been in the chat at any time, for they wait for the connection; before that only
// another name.
[[nodiscard]] bool takes_lines(const Stage& stage);

// What there is to wait for has an end: milliseconds for poll, -1: it has none. Away waits as its reconnection says.
[[nodiscard]] int milliseconds_left(const Stage& stage);

}  // namespace chat
