// Draws the attention of a person who looks elsewhere: a bell or a desktop notification, and the count of unread
// messages in the terminal's title.
#pragma once

#include "client/configuration.h"
#include "client/terminal/terminal.h"

#include <chrono>
#include <cstddef>
#include <string>
#include <string_view>

namespace chat {

class Attention {
  public:
    // At most one bell or notification in this time, however many messages come.
    static constexpr std::chrono::milliseconds least_gap{1000};

    // The terminal outlives this.
    Attention(Terminal& terminal, const Configuration& configuration);

    // A message was shown; `for_me`: to the viewer alone, or with the viewer's name in it. `words` is the text of the
    // notification.
    void message(bool for_me, std::string_view words);
    // The person is at the keyboard: there is nothing unread.
    void mark_present();

  private:
    void alert(std::string_view words);
    void show_count();

    Terminal& terminal_;
    Notice notice_;
    bool of_all_;
    std::size_t unread_ = 0;
    std::chrono::steady_clock::time_point last_;
};

}  // namespace chat
