// The conversation as it is shown: with times, in colours, and so that it draws the attention it deserves.
#pragma once

#include "client/configuration.h"
#include "client/talk/directory.h"
#include "client/talk/own_message.h"
#include "client/talk/palette.h"
#include "client/talk/timestamps.h"
#include "client/talk/view.h"
#include "client/talk/wording.h"
#include "client/terminal/attention.h"
#include "client/terminal/terminal.h"
#include "shared/text/protocol.h"

#include <string>
#include <string_view>
#include <vector>

namespace chat {

class Display {
  public:
    // All of them outlive this.
    Display(Terminal& terminal, const Configuration& configuration, const Viewer& viewer, const Directory& known);

    [[nodiscard]] bool shows_times() const noexcept { return timestamps_.are_shown(); }
    // Learns who leaves, so that their colours become free.
    void learn(const ServerLine& line);

    // A line of the server, in words.
    void show(const ServerLine& line);
    // A message of the person's own, as others see it. `at`: when it was written, as the server writes times; empty:
    // now.
    void show(const OwnMessage& message, std::string_view at = {});
    // A line of the client itself.
    void show(std::string_view words, Style style = Style::plain);
    // What was typed, as it was typed.
    void show_typed() { terminal_.show_typed(); }

    // The person is at the keyboard.
    void mark_present() { attention_.mark_present(); }

  private:
    // `at`: of a message of the past; empty: now.
    void show_with_time(const std::string& words, std::vector<Look> looks, std::string_view at = {});

    Terminal& terminal_;
    const Viewer& viewer_;
    const Directory& known_;
    Attention attention_;
    Timestamps timestamps_;
    Palette speakers_{colour_count};
    Palette places_{colour_count};
};

}  // namespace chat
