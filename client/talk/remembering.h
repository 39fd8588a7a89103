// Remembering passwords: the offer after one was typed unseen, /remember and /forget. Nothing is kept that the person
// did not say yes to.
#pragma once

#include "client/configuration.h"
#include "client/talk/companion.h"
#include "client/talk/password_store.h"
#include "client/terminal/terminal.h"

#include <array>
#include <optional>
#include <span>
#include <string>
#include <string_view>

namespace chat {

inline constexpr std::array remembering_commands{
    OwnCommand{"/remember", "", "keeps your password for the next start"},
    OwnCommand{"/forget", "[NAME]", "removes a password that was kept"},
};

class Remembering {
  public:
    // Both outlive this.
    Remembering(Terminal& terminal, const Configuration& configuration)
        : terminal_(terminal), configuration_(configuration), store_(password_directory()) {}

    // The server has accepted this password, which was typed unseen: the next ask() asks whether to remember it, unless
    // it is remembered already.
    void offer(std::string_view name, std::string_view secret);
    // Asks what is to be asked, once. If there is input already, which cannot be the answer, only says how.
    void ask();
    // It is asked; what is typed next may be the answer.
    [[nodiscard]] bool is_asking() const noexcept { return offered_ && offered_->is_asked; }
    // A typed line. True: it was the answer. Any other line is not, and means no.
    [[nodiscard]] bool takes(std::string_view line);
    // Ends the question. False: there is none.
    bool cancel();
    // The same, without a word.
    void lapse() noexcept { offered_.reset(); }

    // /remember and /forget: what the person types at any time. `secret`: with which they have logged in; empty: with
    // none.
    void remember(std::string_view name, std::string_view secret);
    void forget(std::string_view name);

    // The password of this name, if it is remembered; a person is notified if it cannot be used.
    [[nodiscard]] std::optional<std::string> recall(std::string_view name);
    // The password has been changed: what was kept is of no use any more.
    void changed(std::string_view name) { (void)store_.forget(configuration_.server, name); }

  private:
    struct Offer {
        std::string name;
        std::string secret;
        bool is_asked = false;
    };
    // Nothing is offered or used without a person, or if the settings say so.
    [[nodiscard]] bool is_possible() const noexcept {
        return terminal_.is_interactive() && configuration_.remember_passwords;
    }

    Terminal& terminal_;
    const Configuration& configuration_;
    PasswordStore store_;
    std::optional<Offer> offered_;
};

}  // namespace chat
