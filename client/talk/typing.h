// What a typed line means: plain text, a command of the client or of the server, or an alias.
#pragma once

#include "client/talk/account.h"
#include "client/talk/addressing.h"
#include "client/talk/backlog.h"
#include "client/talk/companion.h"
#include "client/talk/own_message.h"
#include "client/talk/talk_state.h"

#include <optional>
#include <string>
#include <string_view>
#include <vector>

namespace chat {

class Typing {
  public:
    // All of them outlive this.
    Typing(TalkState& state, Addressing& addressing, Account& account, Backlog& backlog, Host& host)
        : state_(state), addressing_(addressing), account_(account), backlog_(backlog), host_(host) {}

    // A typed line, other than one that leaves the chat.
    void typed(const std::string& line);

  private:
    void message(const OwnMessage& message, const std::string& line);
    // Without a tag, and not an alias.
    void command(std::string_view command, std::string_view text, const std::string& line);
    [[nodiscard]] bool may_write(const std::string& line);
    // Shows what was typed: a message as the person's own, anything else as it stands.
    void show(const std::optional<OwnMessage>& message, bool is_command);
    void send(Outgoing::Line line);

    TalkState& state_;
    Addressing& addressing_;
    Account& account_;
    Backlog& backlog_;
    Host& host_;
};

// The commands that the client handles itself.
[[nodiscard]] std::vector<OwnCommand> own_commands(const Companions& companions);

}  // namespace chat
