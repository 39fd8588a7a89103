// The way into the chat: what is known between connecting and the login, and what the server's lines mean then.
#pragma once

#include "client/net/connection.h"
#include "client/net/stream.h"
#include "client/talk/credentials.h"
#include "client/talk/wording.h"
#include "shared/text/protocol.h"

#include <memory>
#include <optional>
#include <string>
#include <string_view>
#include <utility>

namespace chat {

// One connection to the server, and what the server has said there about us.
struct Link {
    explicit Link(std::unique_ptr<Stream> stream) : connection(std::move(stream)) {}
    explicit Link(Connection standing) : connection(std::move(standing)) {}

    // Asks the server, once, not to announce us until we have a name.
    void stay_quiet();
    // Before the login: no accident ended it, so it is not replaced. (Once in the chat we return after a shutdown.)
    [[nodiscard]] bool ends_for_good() const noexcept { return was_kicked || stops; }

    Connection connection;
    bool announced = false;   // the server announced us to the others
    bool is_quiet = false;    // we asked it not to, until we have a name
    bool was_kicked = false;  // the operator kicked us: do not reconnect
    bool stops = false;       // the server does
};

// Who joins the chat.
struct Visitor {
    std::optional<std::string> name;  // the login name; nothing: keep the assigned one
    bool was_asked = false;           // the name was typed, not given on the command line
    std::string secret = {};          // its password
    bool is_to_be_asked = false;      // for the name, once the server has welcomed us
};

// What is needed to come back after the connection was lost.
struct Return {
    std::string name;       // that we had
    int names_refused = 0;  // since the connection was lost
    Credentials credentials = {};
};

// From the connection to the login.
struct Entry {
    std::unique_ptr<Link> link = {};
    std::optional<std::string> name = {};  // to log in as; nothing: keep the assigned one
    bool was_asked = false;                // a person typed the name, and can be asked for another one
    std::optional<Return> back = {};       // this is not the first connection
    Credentials credentials = {};
    bool tries_ticket = true;   // of a user of the server's host
    bool used_ticket = false;   // for the login that is under way
    bool used_kept = false;     // a remembered password was tried
    int secrets_refused = 0;    // that were typed
    bool was_replaced = false;  // this connection replaced one that was lost with the same name
    bool asks_name = false;  // the person is asked once the server has welcomed us, and sees nothing of the chat before
};

// For the first connection, and for one after a loss.
[[nodiscard]] Entry arriving(Connection connection, Visitor visitor);
[[nodiscard]] Entry returning(std::unique_ptr<Stream> stream, Return back);

// What a line of the server means on the way in.
struct EntryStep {
    enum class Kind {
        wait,             // nothing yet
        refuse,           // the server refuses the connection, for `reason`
        refuse_for_good,  // the same, and trying again is of no use
        ask_name,         // the server has welcomed us, and the person has to say who they are
        log_in,           // the server waits for the name
        choose_another,   // the name is refused, for `reason`
        enter,            // we are in
    };
    Kind kind = Kind::wait;
    std::string reason;
    bool shows_line = false;  // the line itself is news
    std::string code = {};    // of the error
    std::string hint = {};    // what a person can do about a refusal
};

// While waiting for the welcome.
[[nodiscard]] EntryStep step_at_welcome(const Entry& entry, const ServerLine& line);
// While waiting for the answer to the login. `viewer` is as the welcome named it.
[[nodiscard]] EntryStep step_at_login(const Entry& entry, const ServerLine& line, const Viewer& viewer);

// The server's answer to stay_quiet().
[[nodiscard]] bool answers_quiet(const ServerLine& line);
// Notes why the server ended the connection. `offline`: the line about ourselves.
void learn_end(Link& link, const ServerLine& offline);
// Of a line that refuses the connection because of a ban.
[[nodiscard]] std::string ban_in_words(const ServerLine& refusal);
// "The name Batman is taken; trying again."
[[nodiscard]] std::string trying_again(std::string_view reason);

// A name with a control character could be two lines, or none, whatever the server thinks of it.
[[nodiscard]] bool can_be_sent(std::string_view name);

}  // namespace chat
