// The life of a chat: from the server's welcome through the login to the goodbye, with reconnections in between.
// stage.h has its stages; what lines mean while talking is in conversation.h.
#pragma once

#include "client/configuration.h"
#include "client/net/connecting.h"
#include "client/net/connection.h"
#include "client/process.h"
#include "client/talk/arrival.h"
#include "client/talk/companion.h"
#include "client/talk/conversation.h"
#include "client/talk/entry.h"
#include "client/talk/stage.h"
#include "client/terminal/terminal.h"
#include "shared/text/protocol.h"

#include <memory>
#include <optional>
#include <string>
#include <string_view>

namespace chat {

class Chat final {
  public:
    // The terminal and the signals outlive the chat. `connection` is one to the configuration's server.
    Chat(Terminal& terminal, Signals& signals, const Configuration& configuration, Connection connection,
         Visitor visitor);

    // Adds a companion, before run().
    void add_companion(std::unique_ptr<Companion> companion) { conversation_.add_companion(std::move(companion)); }

    // Talks until the conversation is over. Returns the exit status: 0 after leaving, 1 if the server refused or
    // went away, or if something typed was not sent. Any problem has been shown.
    [[nodiscard]] int run();

  private:
    using Clock = Deadline::Clock;
    // What we say when we leave, once the companions are done.
    struct Farewell {
        std::string words;
        bool was_typed;  // what comes after it is not meant to be sent
    };

    // The loop.
    [[nodiscard]] bool accepts_input() const;
    [[nodiscard]] bool takes_lines() const;
    void prompt();
    void wait();
    void process_signals();
    void process_server_lines();
    void process_typed_lines();
    void check_deadline();
    void check_deadline(Entry& entry, Deadline& deadline);

    // The way in.
    void received(const ServerLine& line);
    [[nodiscard]] bool is_no_news(const ServerLine& line);
    void follow(Entry& entry, const EntryStep& step, const ServerLine& line);
    void apply(NextStep next);
    void enter(Entry entry);
    void typed(const std::string& line);

    // The way back.
    void connection_ended();
    void start_reconnecting(Return back, std::string_view why);  // `why` is shown once
    void try_to_reconnect();

    // The way out. Leaves with `farewell` once the companions have finished what is under way; the second time at once.
    void leave_when_done(Farewell farewell);
    void leave(std::string_view quit, bool in_haste);  // sends `quit` and waits for the server's goodbye
    // Gives up what is left; `complaint` goes to standard error, as the last thing said, with a hint for a person.
    // fail(): it is a failure.
    void finish(std::string_view complaint = {}, std::string_view hint = {});
    void fail(std::string_view complaint, std::string_view hint = {});

    Terminal& terminal_;
    Signals& signals_;
    Configuration configuration_;
    Reconnection reconnection_;
    Conversation conversation_;
    Arrival arrival_;
    Stage stage_;
    std::optional<Farewell> farewell_;
};

}  // namespace chat
