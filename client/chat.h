// The life of a chat: from the server's welcome over the login to the leave-taking, and back again where the connection
// is lost. stage.h has its stages; what the lines mean in between is conversation.h.
#pragma once

#include "client/companion.h"
#include "client/configuration.h"
#include "client/connecting.h"
#include "client/connection.h"
#include "client/conversation.h"
#include "client/entry.h"
#include "client/process.h"
#include "client/stage.h"
#include "client/terminal.h"
#include "shared/protocol.h"

#include <memory>
#include <optional>
#include <string>
#include <string_view>

namespace chat {

// Who wants to come in.
struct Visitor {
    std::optional<std::string> name;  // the login name; nothing: stays under the assigned one
    bool was_asked = false;           // the name was typed, not given on the command line
};

class Chat final {
  public:
    // The terminal and the signals outlive the chat. `connection` is one to the configuration's server.
    Chat(Terminal& terminal, Signals& signals, const Configuration& configuration, Connection connection,
         Visitor visitor);

    // Takes a companion along, before run().
    void take_along(std::unique_ptr<Companion> companion) { conversation_.take_along(std::move(companion)); }

    // Talks until the conversation is over. Returns the exit status: 0 after leaving, 1 where the server refused or
    // went away, or where something typed was not sent. What went wrong has been said.
    [[nodiscard]] int run();

  private:
    using Clock = Deadline::Clock;
    // With which we leave when the companions are done.
    struct Farewell {
        std::string words;
        bool was_typed;  // what comes after it is not meant to be sent
    };

    // The loop.
    [[nodiscard]] bool listens() const;
    void wait();
    void take_signals();
    void take_server_lines();
    void take_typed_lines();
    void look_at_the_clock();
    void look_at_the_clock(Entry& entry, Deadline& deadline);

    // The way in. Whoever takes an Entry has taken it out of the stage, and puts another stage in its place.
    void heard(const ServerLine& line);
    void go_in(Entry& entry, const EntryStep& step, const ServerLine& line);
    void log_in(Entry entry);
    void login_refused(Entry entry, std::string_view reason);
    void came_in(Entry entry);
    void typed_name(Naming& stage, std::string_view line);
    void typed(const std::string& line);

    // The way back.
    void connection_ended();
    // There is no connection any more, or none that lets us in; `why` is said once.
    void go_away(Return back, std::string_view why);
    void try_again();

    // The way out. With `farewell`, but not before the companions are done with what is under way; the second time at
    // once.
    void leave_in_time(Farewell farewell);
    // Sends `quit` and waits for the server's goodbye.
    void leave(std::string_view quit, bool in_haste);
    // Gives up what is left; `complaint` goes to standard error, as the last thing said.
    void finish(std::string_view complaint = {});
    // The same, and it is a failure.
    void fail(std::string_view complaint);

    Terminal& terminal_;
    Signals& signals_;
    Configuration configuration_;
    Reconnection reconnection_;
    Conversation conversation_;
    Stage stage_;
    std::optional<Farewell> farewell_;
};

}  // namespace chat
