// The chat itself: from the server's welcome over the login to the leave-taking, and back again where the connection is
// lost. It ties terminal, connection, signals and view together; they know nothing of each other. chat.cpp has the life
// of the connection, chat_lines.cpp what each line means for the conversation.
#pragma once

#include "client/attention.h"
#include "client/companion.h"
#include "client/configuration.h"
#include "client/connection.h"
#include "client/directory.h"
#include "client/outgoing.h"
#include "client/reconnection.h"
#include "client/signals.h"
#include "client/terminal.h"
#include "client/view.h"
#include "shared/protocol.h"

#include <chrono>
#include <cstddef>
#include <memory>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

namespace chat {

// Who wants to come in.
struct Visitor {
    std::optional<std::string> name;  // the login name; nothing: stays under the assigned one
    bool was_asked = false;           // the name was typed, not given on the command line
};

inline constexpr OwnCommand talk_to_command{"/to", "[ID|NAME|#ROOM|GID|all]",
                                            "says whom plain lines go to (the lobby)"};

class Chat final : private Host {
  public:
    // The terminal and the signals outlive the chat. `connection` is one to the configuration's server.
    Chat(Terminal& terminal, Signals& signals, const Configuration& configuration, Connection connection,
         Visitor visitor);

    // Takes a companion along, before run().
    void take_along(std::unique_ptr<Companion> companion);

    // Talks until the conversation is over. Returns the exit status: 0 after leaving, 1 where the server refused or
    // went away, or where something typed was not sent. What went wrong has been said.
    [[nodiscard]] int run();

  private:
    using Clock = std::chrono::steady_clock;
    // welcome: nothing has come yet. login: the answer to /login is awaited. naming: another name is asked for.
    // away: there is no connection, and another is tried.
    enum class Stage { welcome, login, naming, talking, away, leaving, over };

    // Once one has been in the chat, lines are taken at any time; they wait for the connection.
    [[nodiscard]] bool listens() const;
    [[nodiscard]] int milliseconds_left() const;
    [[nodiscard]] std::string prompt_name() const;
    void wait();
    void take_signals();
    void take_server_lines();
    void take_typed_lines();
    void look_at_the_clock();
    void wait_at_most(Stage stage, Clock::duration patience);

    void try_again();
    void connection_ended();
    // There is no connection any more, or none that lets us in; `why` is said once.
    void go_away(std::string_view why);
    void complain(const std::vector<Request>& unanswered);
    // As `quit` says, but not before the companions are done with what is under way; the second time at once.
    void leave_in_time(std::string_view quit);
    [[nodiscard]] std::vector<std::string> under_way() const;
    // Sends `quit` and waits for the server's goodbye, at most `patience`.
    void leave(std::string_view quit, Clock::duration patience);
    void finish(int exit_status, std::string_view complaint = {});
    // Something typed came to nothing: a person sees it, a script hears it on standard error and by the exit status.
    void not_done(const std::string& words);
    void complain_of_left_over();

    void heard(const ServerLine& line);
    void heard_welcome(const ServerLine& line);
    void heard_at_login(const ServerLine& line);
    void heard_in_chat(const ServerLine& line, const std::optional<Request>& answered);
    void note_room(const ServerLine& line);
    void log_in();
    void came_in();
    void came_back();
    void login_refused(std::string_view reason);
    void say(const ServerLine& line);
    void refused(const Request& request, const ServerLine& error);
    void typed(const std::string& line);
    void typed_name(const std::string& line);
    void talk_to(std::string_view text);
    void show_own_commands();
    [[nodiscard]] Companion* companion_for(std::string_view command) const;

    void show(std::string_view line) override { terminal_.show(line); }
    [[nodiscard]] std::string ask(std::string_view command) override;
    [[nodiscard]] const ServerAddress& server() const noexcept override { return configuration_.server; }

    Terminal& terminal_;
    Signals& signals_;
    Configuration configuration_;
    std::optional<Connection> connection_;
    Reconnection reconnection_;
    Outgoing outgoing_;
    Directory directory_;
    Attention attention_;
    std::vector<std::unique_ptr<Companion>> companions_;
    Visitor visitor_;
    Viewer viewer_;
    std::string kept_name_;  // the name one was in under, for coming back
    Stage stage_ = Stage::welcome;
    std::vector<std::string> rooms_;  // that one is in, or wants to be in, beside the lobby
    bool left_lobby_ = false;
    bool own_arrival_shown_ = false;  // the others know us, under the assigned name
    bool was_in_ = false;             // one has been in the chat
    bool back_ = false;               // this is not the first connection, and one is not in yet
    bool away_said_ = false;
    std::optional<std::string> last_word_;  // with which one leaves when the companions are done
    bool unwanted_ = false;                 // the server has thrown us out
    int names_refused_ = 0;                 // since the connection was lost
    Clock::time_point in_since_;
    Clock::duration patience_{};  // how long welcome, login and leaving may take while nothing can be sent
    Clock::time_point deadline_;
    std::size_t sent_before_ = 0;  // what had been sent when the deadline was set
    int exit_status_ = 0;
    bool quit_typed_ = false;  // what comes after that is not meant to be sent
};

}  // namespace chat
