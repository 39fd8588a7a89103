// How another part of the client takes part in a chat without the chat knowing what it does: it sees each line from the
// server, and may have its own commands and its own descriptors to poll.
#pragma once

#include "client/net/server_address.h"
#include "shared/text/protocol.h"

#include <poll.h>

#include <memory>
#include <span>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

namespace chat {

// A command that the client handles itself. It takes precedence over the server's command of that name.
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
    // Sends a command to the server under a new tag and returns the tag, which the answers carry. Empty: there is no
    // connection at the moment, and nothing was sent.
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
    // One of its commands was typed; `text` is everything after the single space that follows it.
    virtual void typed(Host&, std::string_view /*command*/, std::string_view /*text*/) {}
    // What `begun`, the rest of a line with one of its commands, can become; `kind` is the argument's name in the
    // usage.
    [[nodiscard]] virtual std::vector<std::string> completions(std::string_view /*kind*/,
                                                               std::string_view /*begun*/) const {
        return {};
    }
    // A line from the server, once logged in. True: it was handled, and is not shown.
    [[nodiscard]] virtual bool received(Host&, const ServerLine&) { return false; }
    // The connection was lost: pending questions will not be answered. There may be a new connection later.
    virtual void connection_lost(Host&) {}

    // Appends the descriptors to wait for.
    virtual void wait_for(std::vector<pollfd>& /*waiting*/) {}
    // Milliseconds until work() must be called even if nothing happens; -1: never.
    [[nodiscard]] virtual int poll_timeout() const { return -1; }
    // What would be lost by leaving now, each in words for the person.
    [[nodiscard]] virtual std::vector<std::string> in_progress() const { return {}; }
    // Does what can be done without waiting. Called after each wait, whatever ended it.
    virtual void work(Host&) {}
};

// All companions of a chat.
class Companions {
  public:
    void add(std::unique_ptr<Companion> companion) { all_.push_back(std::move(companion)); }

    // Of all of them, in the order in which they were added.
    [[nodiscard]] std::vector<OwnCommand> commands() const;
    // The one that handles `command`; null: it is not one of theirs.
    [[nodiscard]] Companion* owner_of(std::string_view command) const;
    // Offers a line to each until one handles it. True: one did.
    [[nodiscard]] bool received(Host& host, const ServerLine& line);

    // As for a single companion.
    void connection_lost(Host& host);
    void wait_for(std::vector<pollfd>& waiting);
    [[nodiscard]] int poll_timeout() const;
    [[nodiscard]] std::vector<std::string> in_progress() const;
    void work(Host& host);

  private:
    std::vector<std::unique_ptr<Companion>> all_;
};

}  // namespace chat
