// What each line from the server and each typed line means once we are in the chat. A conversation outlives
// connections; chat.h manages those. Companions take part in it.
#pragma once

#include "client/configuration.h"
#include "client/net/connection.h"
#include "client/talk/addressee.h"
#include "client/talk/addressing.h"
#include "client/talk/companion.h"
#include "client/talk/directory.h"
#include "client/talk/memberships.h"
#include "client/talk/outgoing.h"
#include "client/talk/timestamps.h"
#include "client/talk/view.h"
#include "client/talk/wording.h"
#include "client/terminal/attention.h"
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
    [[nodiscard]] const Viewer& viewer() const noexcept { return viewer_; }
    [[nodiscard]] bool is_about_us(const ServerLine& line) const;

    // The server's welcome: a new connection has given us an id and a name.
    void welcomed(const ServerLine& welcome);
    // We joined under this name without a `renamed`.
    void named(std::string_view name) { viewer_.name = name; }
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
    // Shows a line of the server.
    void show_line(const ServerLine& line);
    // A typed line, other than one that leaves the chat.
    void typed(const std::string& typed_line);

    // The person is at the keyboard.
    void mark_present() { attention_.mark_present(); }
    // There is room for another typed line.
    [[nodiscard]] bool has_room() const noexcept { return outgoing_.has_room(); }
    // It is not known yet who receives the next line: it has to wait.
    [[nodiscard]] bool is_choosing() const noexcept { return addressing_.is_choosing(); }
    // The text before the prompt: who receives plain lines, and whether the connection is down.
    [[nodiscard]] std::string prompt_name() const;

    // Something typed had no effect: a person sees `words`; for a script they go to standard error, and the exit status
    // reports a failure.
    void report_problem(const std::string& words);
    // The same for a line that was too long.
    void refuse_long_line();
    void fail() noexcept { failed_ = true; }
    // The exit status must report a failure.
    [[nodiscard]] bool has_failed() const noexcept { return failed_; }

    // What the companions wait for, for how long at most, and what they do then.
    void wait_for(std::vector<pollfd>& waiting) { companions_.wait_for(waiting); }
    [[nodiscard]] int poll_timeout() const { return companions_.poll_timeout(); }
    void work() { companions_.work(*this); }
    // What would be lost by leaving now.
    [[nodiscard]] std::vector<std::string> in_progress() const { return companions_.in_progress(); }

  private:
    // Complains about what was sent and not answered, for it may be lost.
    void disconnected();
    void refused(const Request& request, const ServerLine& error);
    void show_received(const ServerLine& line, const std::optional<Request>& answered);
    [[nodiscard]] std::vector<OwnCommand> own_commands() const;
    // Shows what was typed: a message as the person's own, anything else as it stands.
    void show_typed(std::string_view command, std::string_view text);
    void show_with_time(const std::string& words, Look look);

    void show(std::string_view line) override { terminal_.show(line); }
    [[nodiscard]] std::string ask(std::string_view command) override;
    [[nodiscard]] const ServerAddress& server() const noexcept override { return configuration_.server; }

    Terminal& terminal_;
    const Configuration& configuration_;
    Outgoing outgoing_;
    Addressee addressee_;
    bool greeted_ = false;     // a newcomer knows which server this is and who is here
    bool had_groups_ = false;  // when the connection was lost
    Directory directory_;
    Memberships memberships_;
    Addressing addressing_;
    Attention attention_;
    Companions companions_;
    Timestamps timestamps_;
    Viewer viewer_;
    bool knows_of_loss_ = false;  // the person was notified, and our arrival has not been shown since
    bool failed_ = false;
};

}  // namespace chat
