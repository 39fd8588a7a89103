// Choosing who receives plain lines: looks first whether they are there, and again after a reconnection.
#pragma once

#include "client/talk/addressee.h"
#include "client/talk/companion.h"
#include "client/talk/directory.h"
#include "client/talk/memberships.h"
#include "client/talk/outgoing.h"
#include "client/terminal/terminal.h"

#include <cstddef>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

namespace chat {

inline constexpr OwnCommand target_command{"/to", "[ID|NAME|#ROOM|GID|all]",
                                           "sets who receives plain lines (the lobby)"};

class Addressing {
  public:
    // All of them outlive this.
    Addressing(Terminal& terminal, Outgoing& outgoing, Addressee& addressee, const Directory& directory,
               const Memberships& memberships)
        : terminal_(terminal),
          outgoing_(outgoing),
          addressee_(addressee),
          directory_(directory),
          memberships_(memberships) {}

    // `text` is what was typed after /to. Returns a problem, if it is known already.
    [[nodiscard]] std::optional<std::string> choose(std::string_view text);
    // It is not known yet who receives the next line.
    [[nodiscard]] bool is_choosing() const noexcept { return choice_.has_value(); }
    // Called for each typed line. False: plain text must not be sent, because there is nobody to receive it, or because
    // it was typed before a choice turned out to be impossible.
    [[nodiscard]] bool takes_next_line();

    // Requests the list of connected clients, unless that request is under way.
    void ask_who_is_there();
    // After a reconnection: messages to clients wait until it is known whether those are still the same.
    void check();
    // The question with this tag is answered. Returns the problems, if there are any.
    [[nodiscard]] std::vector<std::string> answered(std::string_view tag);
    // The connection was lost. Returns the problem, if there is one.
    [[nodiscard]] std::optional<std::string> disconnected();

  private:
    // A choice that waits until the server has said who or what there is.
    struct Choice {
        Target wanted;
        std::string typed;
        std::string tag;  // of the question
    };
    [[nodiscard]] bool resolve(Target& target) const;
    void chosen(Target target, std::string_view typed);
    [[nodiscard]] std::string not_chosen(const Target& wanted, std::string why);
    [[nodiscard]] std::optional<std::string> finish_choice();
    [[nodiscard]] std::vector<std::string> finish_check();

    Terminal& terminal_;
    Outgoing& outgoing_;
    Addressee& addressee_;
    const Directory& directory_;
    const Memberships& memberships_;
    std::optional<Choice> choice_;
    std::string people_tag_;       // of the latest question who is there; empty: it is answered
    bool check_ = false;           // messages to clients wait for that answer
    std::size_t refuse_next_ = 0;  // lines that were typed before a choice turned out to be impossible
};

}  // namespace chat
