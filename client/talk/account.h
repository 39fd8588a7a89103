// The commands about accounts: a password that is left out is asked for, and the one that works is remembered for the
// time after a lost connection.
#pragma once

#include "client/net/deadline.h"
#include "client/talk/credentials.h"
#include "client/talk/remembering.h"
#include "client/talk/requests.h"
#include "client/talk/secret_question.h"
#include "client/talk/talk_state.h"
#include "shared/text/protocol.h"

#include <optional>
#include <string>
#include <string_view>

namespace chat {

class Account {
  public:
    // It outlives this.
    explicit Account(TalkState& state) : state_(state), remembering_(state.terminal, state.configuration) {}

    // How to log in again. The session has an account only if they say so.
    [[nodiscard]] const Credentials& credentials() const noexcept { return credentials_; }
    // We came in with these.
    void entered(Credentials credentials);
    [[nodiscard]] Remembering& remembering() noexcept { return remembering_; }
    // The server's welcome.
    void welcomed(const ServerLine& welcome);

    // A typed command, without a tag; one of remembering_commands too. True: it is dealt with.
    [[nodiscard]] bool takes(std::string_view command, std::string_view text);
    // What is typed next may be a password: it has to wait.
    [[nodiscard]] bool is_waiting() const noexcept { return waits_ && milliseconds_until(waits_until_) > 0; }
    // Milliseconds until that can change even if nothing happens; -1: never.
    [[nodiscard]] int poll_timeout() const { return is_waiting() ? milliseconds_until(waits_until_) : -1; }

    // What stands at the prompt while a password or a token is typed.
    [[nodiscard]] std::optional<std::string> prompt() const;
    // What was typed there.
    void typed(std::string_view secret);
    // Ends the question, also that of Remembering. False: there is none.
    bool cancel();

    // A line of the server about us; `answered` is the request that it answers.
    void learn(const ServerLine& line, const std::optional<Request>& answered);
    // The same before it is shown. True: a question, or another attempt, takes its place.
    [[nodiscard]] bool takes_refusal(const ServerLine& line, const Request& request);
    // The connection was lost.
    void disconnected();

  private:
    void ask(SecretQuestion question);
    void ask_for_password(std::string_view name);
    void send(const std::string& command);
    // The server has accepted this password.
    void typed_unseen(std::string_view name, std::string_view secret);

    TalkState& state_;
    Credentials credentials_;
    Remembering remembering_;
    std::optional<SecretQuestion> question_;
    std::string answered_;  // the command that the answers made, until the server has answered it
    bool waits_ = false;    // for the answer to /login NAME
    Deadline::Clock::time_point waits_until_{};
    std::string ticket_name_;    // a ticket was sent for this name, and not answered
    std::string kept_name_;      // the remembered password of this name was sent, and not answered
    std::string asked_name_;     // whose password was asked for
    int attempts_ = 0;           // to type it
    std::string policy_;         // of the server: who may register
    std::string assigned_name_;  // by the server
};

}  // namespace chat
