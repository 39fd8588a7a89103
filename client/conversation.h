// What is said: what each line of the server and each line of the person means once we are in the chat. It outlives the
// connections; chat.h has their life. The companions take part in it.
#pragma once

#include "client/attention.h"
#include "client/companion.h"
#include "client/configuration.h"
#include "client/connection.h"
#include "client/directory.h"
#include "client/memberships.h"
#include "client/outgoing.h"
#include "client/terminal.h"
#include "client/view.h"
#include "client/wording.h"
#include "shared/protocol.h"

#include <poll.h>

#include <memory>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

namespace chat {

inline constexpr OwnCommand talk_to_command{"/to", "[ID|NAME|#ROOM|GID|all]",
                                            "says whom plain lines go to (the lobby)"};

class Conversation final : private Host {
  public:
    // Both outlive this.
    Conversation(Terminal& terminal, const Configuration& configuration);

    // Takes a companion along, before the first line.
    void take_along(std::unique_ptr<Companion> companion);

    // Who we are, as the server knows us.
    [[nodiscard]] const Viewer& viewer() const noexcept { return viewer_; }
    [[nodiscard]] bool is_about_us(const ServerLine& line) const;

    // The server's welcome: a new connection has given us an id and a name.
    void welcomed(const ServerLine& welcome);
    // We were taken in under this name, for which there was no `renamed`.
    void named(std::string_view name) { viewer_.name = name; }
    // We are in the chat: what waits goes out through `connection`, which outlives that.
    void connected(Connection& connection);
    // The same after a connection was lost: the person is told first.
    void connected_again(Connection& connection);
    // The connection is lost, and another one is tried; `why` is said unless the person knows already.
    void lost(std::string_view why);
    // There is no connection, and there will be none: complains of all that was not sent or not answered.
    void give_up();
    // The same of what was typed and not taken yet.
    void give_up_left_over();

    // Learns from a line of the server, in any stage. What it answers, if anything.
    std::optional<Request> learn(const ServerLine& line);
    // A line of the server, once we are past the login: does what it means and shows it. `answered` is by learn().
    void heard(const ServerLine& line, const std::optional<Request>& answered);
    // Shows a line of the server.
    void say(const ServerLine& line);
    // A typed line that does not leave the chat.
    void typed(const std::string& line);

    // The person is at the keyboard.
    void present() { attention_.present(); }
    // Another typed line can be taken.
    [[nodiscard]] bool has_room() const noexcept { return outgoing_.has_room(); }
    // What stands before the prompt: whom plain lines go to, and that there is no connection.
    [[nodiscard]] std::string prompt_name() const;

    // Something typed came to nothing: a person sees it, a script hears it on standard error and by the exit status.
    void not_done(const std::string& words);
    // The same, where the line was too long to be taken.
    void refuse_long_line();
    void fail() noexcept { failed_ = true; }
    // The exit status has to say that not all was done.
    [[nodiscard]] bool has_failed() const noexcept { return failed_; }

    // For the companions: what to wait for, until when, and what then is to be done.
    void wait_for(std::vector<pollfd>& waiting);
    [[nodiscard]] int patience() const;
    void work();
    // What would be lost if we left now.
    [[nodiscard]] std::vector<std::string> under_way() const;

  private:
    // Complains of what was sent and not answered, for it may be lost.
    void disconnected();
    void refused(const Request& request, const ServerLine& error);
    void talk_to(std::string_view text);
    void show_own_commands();
    [[nodiscard]] Companion* companion_for(std::string_view command) const;

    void show(std::string_view line) override { terminal_.show(line); }
    [[nodiscard]] std::string ask(std::string_view command) override;
    [[nodiscard]] const ServerAddress& server() const noexcept override { return configuration_.server; }

    Terminal& terminal_;
    const Configuration& configuration_;
    Outgoing outgoing_;
    Directory directory_;
    Memberships memberships_;
    Attention attention_;
    std::vector<std::unique_ptr<Companion>> companions_;
    Viewer viewer_;
    bool knows_of_loss_ = false;  // the person was told, and has not seen us arrive since
    bool failed_ = false;
};

}  // namespace chat
