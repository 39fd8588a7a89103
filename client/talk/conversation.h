// What each line from the server means once we are in the chat, and what the connection's coming and going means for
// the conversation, which outlives connections; chat.h manages those. Companions take part in it.
#pragma once

#include "client/configuration.h"
#include "client/net/connection.h"
#include "client/talk/account.h"
#include "client/talk/addressing.h"
#include "client/talk/backlog.h"
#include "client/talk/companion.h"
#include "client/talk/greeting.h"
#include "client/talk/memberships.h"
#include "client/talk/pasting.h"
#include "client/talk/talk_state.h"
#include "client/talk/typing.h"
#include "client/talk/wording.h"
#include "client/terminal/terminal.h"
#include "shared/text/protocol.h"

#include <poll.h>

#include <memory>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

namespace chat {

class Conversation final : private Host {
  public:
    // Both outlive this.
    Conversation(Terminal& terminal, const Configuration& configuration);

    // Adds a companion, before the first line.
    void add_companion(std::unique_ptr<Companion> companion);

    // Who we are, as the server knows us.
    [[nodiscard]] const Viewer& viewer() const noexcept { return state_.viewer; }
    [[nodiscard]] bool is_about_us(const ServerLine& line) const;

    // We came in with these, before connected() or reconnected(); and how to log in again.
    void logged_in(Credentials credentials) { account_.entered(std::move(credentials)); }
    [[nodiscard]] const Credentials& credentials() const noexcept { return account_.credentials(); }
    // The password of this name, if the person had it remembered.
    [[nodiscard]] std::optional<std::string> remembered_password(std::string_view name) {
        return account_.remembering().recall(name);
    }
    // The server's welcome: a new connection has given us an id and a name.
    void welcomed(const ServerLine& welcome);
    // We joined under this name without a `renamed`.
    void named(std::string_view name) { state_.viewer.name = name; }
    // We are in the chat: queued lines go out through `connection`, which stays alive until lost() or give_up().
    void connected(Connection& connection);
    // The same after a reconnection, which is shown first.
    void reconnected(Connection& connection);
    // The connection was lost, and we reconnect; shows `why` unless the person already knows.
    void lost(std::string_view why);
    // There will be no further connection: complains about everything that was not sent or not answered.
    void give_up();
    // Complains about lines that were typed and not taken yet.
    void discard_remaining_input();

    // Learns from a line of the server, in any stage. Returns the request that it answers, if any.
    std::optional<Request> learn(const ServerLine& line);
    // Acts on a line of the server, once we are past the login, and shows it. `answered` comes from learn().
    void received(const ServerLine& line, const std::optional<Request>& answered);
    // Before the login.
    void show_server() { greeting_.show_server(); }
    // Shows a line of the server.
    void show_line(const ServerLine& line) { state_.display.show(line); }

    // A typed line, other than one that leaves the chat; it may be the answer to a question.
    void typed(const std::string& line);
    [[nodiscard]] Pasting& pasting() noexcept { return pasting_; }
    [[nodiscard]] Problems& problems() noexcept { return state_.problems; }
    // The person is at the keyboard.
    void mark_present();
    // Before we leave.
    void leaving() { backlog_.leaving(); }
    // There is room for another typed line. A script's lines go out one at a time.
    [[nodiscard]] bool has_room() const noexcept;
    // It is not known yet who receives the next line, or whether it is a password: it has to wait.
    [[nodiscard]] bool is_choosing() const noexcept { return addressing_.is_choosing() || account_.is_waiting(); }
    // A password is typed next.
    [[nodiscard]] bool asks_secret() const { return account_.prompt().has_value(); }
    // Ends a question, or what is left of a paste that is being sent. False: there is neither.
    bool cancel() { return account_.cancel() || pasting_.cancel(); }
    // Shows the prompt: a question, or unread messages, whether the connection is down, and who receives plain lines.
    void prompt();

    // What it waits for, for how long at most, and what it does then.
    void wait_for(std::vector<pollfd>& waiting) { state_.companions.wait_for(waiting); }
    [[nodiscard]] int poll_timeout() const;
    void work();
    // What would be lost by leaving now.
    [[nodiscard]] std::vector<std::string> in_progress() const;

  private:
    // Complains about what was sent and not answered, for it may be lost.
    void disconnected();
    void refused(const Request& request, const ServerLine& error);
    void show_held();
    void show_received(const ServerLine& line, const std::optional<Request>& answered);

    void show(std::string_view line) override { state_.display.show(line); }
    [[nodiscard]] std::string ask(std::string_view command) override;
    [[nodiscard]] const ServerAddress& server() const noexcept override { return state_.configuration.server; }

    TalkState state_;
    Terminal& terminal_;
    Greeting greeting_;
    Memberships memberships_;
    Addressing addressing_;
    Account account_;
    Backlog backlog_;
    Typing typing_;
    Pasting pasting_;
    bool had_groups_ = false;     // when the connection was lost
    bool knows_of_loss_ = false;  // the person was notified, and our arrival has not been shown since
};

}  // namespace chat
