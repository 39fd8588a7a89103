// The chat itself: from the server's welcome over the login to the leave-taking. It ties terminal, connection, signals
// and view together and knows what each line means for the conversation; they know nothing of each other.
#pragma once

#include "client/companion.h"
#include "client/connection.h"
#include "client/requests.h"
#include "client/signals.h"
#include "client/target.h"
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

class Chat final : private Host {
  public:
    // The terminal and the signals outlive the chat. `connection` is one to `server`.
    Chat(Terminal& terminal, Signals& signals, const ServerAddress& server, Connection connection, Visitor visitor);

    // Takes a companion along, before run().
    void take_along(std::unique_ptr<Companion> companion) { companions_.push_back(std::move(companion)); }

    // Talks until the conversation is over. Returns the exit status: 0 after leaving, 1 where the server refused or
    // went away. What went wrong has been said on standard error.
    [[nodiscard]] int run();

  private:
    using Clock = std::chrono::steady_clock;
    // welcome: nothing has come yet. login: the answer to /login is awaited. naming: another name is asked for.
    enum class Stage { welcome, login, naming, talking, leaving, over };

    void wait();
    [[nodiscard]] int milliseconds_left() const;
    void take_signals();
    void take_server_lines();
    void take_typed_lines();
    void look_at_the_clock();

    void heard(const ServerLine& line);
    void heard_welcome(const ServerLine& line);
    void heard_at_login(const ServerLine& line);
    void typed(const std::string& line);
    void typed_command(std::string_view command, std::string_view text, const std::string& line);
    // Sends a person's line. `command` is what goes over the wire behind the tag.
    void request(std::string_view command, const std::string& typed, bool is_text, std::string_view tag = {});
    void talk_to(std::string_view text);
    void show_own_commands();
    [[nodiscard]] Companion* companion_for(std::string_view command) const;
    // Says which lines the server has not answered.
    void complain_of_unanswered();

    void show(std::string_view line) override { terminal_.show(line); }
    [[nodiscard]] std::string ask(std::string_view command) override;
    [[nodiscard]] const ServerAddress& server() const noexcept override { return server_; }
    void typed_name(const std::string& line);
    void log_in();
    void logged_in();
    void login_refused(std::string_view reason);
    void say(const ServerLine& line);
    // Sends `quit` and waits for the server's goodbye, at most `patience`.
    void leave(std::string_view quit, Clock::duration patience);
    void wait_at_most(Stage stage, Clock::duration patience);
    void finish(int exit_status, std::string_view complaint = {});
    // Typed lines are taken now.
    [[nodiscard]] bool listens() const;

    Terminal& terminal_;
    Signals& signals_;
    ServerAddress server_;
    Connection connection_;
    Requests requests_;
    Target target_;  // whom plain lines go to
    std::vector<std::unique_ptr<Companion>> companions_;
    Visitor visitor_;
    Viewer viewer_;
    Stage stage_ = Stage::welcome;
    bool own_arrival_shown_ = false;  // the others know us, under the assigned name
    Clock::duration patience_{};      // how long welcome, login and leaving may take while nothing can be sent
    Clock::time_point deadline_;
    std::size_t sent_before_ = 0;  // what had been sent when the deadline was set
    int exit_status_ = 0;
};

}  // namespace chat
