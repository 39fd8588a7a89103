// The way into the chat: what is said to the server and to the person until they are in, and what follows each answer.
#pragma once

#include "client/configuration.h"
#include "client/process.h"
#include "client/talk/conversation.h"
#include "client/talk/entry.h"
#include "client/talk/stage.h"
#include "client/terminal/terminal.h"
#include "shared/text/protocol.h"

#include <string>
#include <string_view>
#include <variant>

namespace chat {

// What follows, other than another stage.
struct Wait {};
struct Enter {
    Entry entry;
};
struct TryAgain {
    Return back;
    std::string why;
};
struct GiveUp {
    std::string complaint;
    std::string hint = {};  // for a person, after it
};
// A signal ends us while we connect.
struct End {
    int exit_status;
};
using NextStep = std::variant<Wait, Stage, Enter, TryAgain, GiveUp, End>;

class Arrival {
  public:
    // All of them outlive this.
    Arrival(Terminal& terminal, Signals& signals, Conversation& conversation, const Configuration& configuration)
        : terminal_(terminal), signals_(signals), conversation_(conversation), configuration_(configuration) {}

    // `line` of the server means `step`. `entry` is moved from, unless the answer is Wait.
    [[nodiscard]] NextStep follow(Entry& entry, const EntryStep& step, const ServerLine& line);
    // A name was typed, or a password.
    [[nodiscard]] NextStep typed(Naming naming, std::string_view line);
    // Replaces a connection that ended before the login was answered, and logs in again after its welcome.
    [[nodiscard]] NextStep connect_again(Entry entry);
    // Tells a person, once, that the server says nothing.
    void check_silence(AwaitingWelcome& stage);
    void prompt(const Naming& naming);

  private:
    [[nodiscard]] NextStep log_in(Entry entry);
    [[nodiscard]] NextStep refused(Entry entry, std::string_view reason, std::string_view code = {});
    [[nodiscard]] NextStep ask_name(Entry entry);
    [[nodiscard]] NextStep ask_password(Entry entry, std::string_view reason);
    [[nodiscard]] NextStep typed_password(Entry entry, std::string_view line);

    Terminal& terminal_;
    Signals& signals_;
    Conversation& conversation_;
    const Configuration& configuration_;
};

}  // namespace chat
