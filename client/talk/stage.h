// The stages of a chat, and what is known in each of them.
//
//     AwaitingWelcome ─▶ LoggingIn ◀─▶ Naming      a guest goes from the welcome to Talking;
//            ▲               │                     a person without a name goes to Naming
//            │               ▼
//           Away ◀──────  Talking ──▶ Leaving ──▶ Over
//
// A lost connection leads to Away during a return, and otherwise to Over before the first arrival. For a person who was
// asked for a name it is replaced: in Naming once the name is typed, in LoggingIn at once, one time for each name. Both
// lead to AwaitingWelcome. A signal leads to Leaving; to Over if there is no connection, or nobody has seen us.
#pragma once

#include "client/net/deadline.h"
#include "client/talk/entry.h"

#include <memory>
#include <optional>
#include <string>
#include <string_view>
#include <variant>

namespace chat {

// Nothing has come yet.
struct AwaitingWelcome {
    Entry entry;
    Deadline deadline;
    std::optional<Deadline::Clock::time_point> silent_at = {};  // when a person is to know that nothing has come
};
// The name is sent, and not answered.
struct LoggingIn {
    Entry entry;
    Deadline deadline;
};
// The person is asked for a name, after a refusal for another one, or for its password. There may be no connection.
struct Naming {
    Entry entry;
    bool asks_password = false;
};
struct Talking {
    std::unique_ptr<Link> link;
    Deadline::Clock::time_point since;
};
// There is no connection; we try to reconnect.
struct Away {
    Return back;
};
// The server was notified; its goodbye has not arrived yet.
struct Leaving {
    std::unique_ptr<Link> link;
    Deadline deadline;
    bool in_haste;     // a signal ends us, or nobody reads our output: a missing goodbye is not reported
    std::string quit;  // what was said
    std::optional<Deadline::Clock::time_point> again_at = {};  // when it is said again: it came too fast after the rest
};
struct Over {
    int exit_status;
};

// The stages that wait for the server's answer, with their deadlines.
[[nodiscard]] AwaitingWelcome await_welcome(Entry entry);
[[nodiscard]] LoggingIn await_login(Entry entry);
[[nodiscard]] Leaving await_goodbye(std::unique_ptr<Link> link, bool in_haste, std::string_view quit);

using Stage = std::variant<AwaitingWelcome, LoggingIn, Naming, Talking, Away, Leaving, Over>;

// The connection to the server; null in Away and Over, and perhaps in Naming.
[[nodiscard]] Link* link_of(Stage& stage);
// Takes it out, for the next stage.
[[nodiscard]] std::unique_ptr<Link> take_link(Stage& stage);

// How to return if the connection were lost now; empty if we have not been in the chat yet, or are leaving. `name`: our
// name in the chat, and how we proved that it is ours.
[[nodiscard]] std::optional<Return> plan_return(const Stage& stage, const std::string& name,
                                                const Credentials& credentials = {});

// Before a person who is asked for a name has entered the chat, so that nobody has seen us: their entry. Otherwise
// null.
[[nodiscard]] Entry* unseen_entry(Stage& stage);

// Typed lines are accepted: once we have been in the chat, since they can wait for the connection; before that only as
// another name.
[[nodiscard]] bool accepts_lines(const Stage& stage);

// Milliseconds for poll until this stage's wait ends; -1: it does not end. In Away the reconnection decides.
[[nodiscard]] int milliseconds_left(const Stage& stage);

}  // namespace chat
