// How a room of the client takes part in a chat without the chat knowing what it does: it sees each line of the server,
// may have commands of its own, and may have descriptors of its own to be waited for.
#pragma once

#include "client/server_address.h"
#include "shared/protocol.h"

#include <poll.h>

#include <span>
#include <string>
#include <string_view>
#include <vector>

namespace chat {

// A command that the client handles itself. It goes before the server's command of the same name.
struct OwnCommand {
    std::string_view name;   // with its slash, in lower case
    std::string_view usage;  // its arguments, as /help shows them; Tab completes by their words, see completion.h
    std::string_view meaning;
};

// What a companion may do in a chat.
class Host {
  public:
    // One line for the person, above what is being typed. It goes through printable().
    virtual void show(std::string_view line) = 0;
    // Sends a command to the server under a new tag, which it returns: the answers carry it. Empty: there is no
    // connection just now, and nothing was sent.
    [[nodiscard]] virtual std::string ask(std::string_view command) = 0;
    // Where the server is.
    [[nodiscard]] virtual const ServerAddress& server() const noexcept = 0;

  protected:
    ~Host() = default;
};

class Companion {
  public:
    Companion() = default;
    virtual ~Companion() = default;
    Companion(const Companion&) = delete;
    Companion& operator=(const Companion&) = delete;

    [[nodiscard]] virtual std::span<const OwnCommand> commands() const noexcept { return {}; }
    // One of its commands was typed; `text` is everything after the one space behind it.
    virtual void typed(Host&, std::string_view /*command*/, std::string_view /*text*/) {}
    // A line of the server, once logged in. True: it is dealt with, and not shown.
    [[nodiscard]] virtual bool heard(Host&, const ServerLine&) { return false; }
    // The connection is gone: what was asked gets no answer any more. There may be a new one later.
    virtual void connection_lost(Host&) {}

    // Appends the descriptors to wait for.
    virtual void wait_for(std::vector<pollfd>& /*waiting*/) {}
    // Milliseconds after which work() wants to be called even if nothing happens; -1: never.
    [[nodiscard]] virtual int patience() const { return -1; }
    // What would be lost if one left now, each in words for the person.
    [[nodiscard]] virtual std::vector<std::string> under_way() const { return {}; }
    // Does what can be done without waiting. Called after each wait, whatever ended it.
    virtual void work(Host&) {}
};

}  // namespace chat
