// What the terminal can do: see terminal_type.h.
#include "client/terminal/terminal_type.h"

#include <algorithm>
#include <array>
#include <cstdlib>
#include <string_view>

namespace chat {

namespace {

std::string_view terminal_type() {
    const char* type = std::getenv("TERM");
    return type == nullptr ? "" : type;
}

}  // namespace

bool is_dumb_terminal() {
    return terminal_type().empty() || terminal_type() == "dumb";
}

bool has_window_title() {
    return !terminal_type().starts_with("linux") && !terminal_type().starts_with("vt");
}

bool rewraps_lines() {
    // Each of these terminals sets a variable of its own.
    constexpr std::array variables = {"TMUX",       "VTE_VERSION",  "KITTY_WINDOW_ID",     "KONSOLE_VERSION",
                                      "WT_SESSION", "WEZTERM_PANE", "ALACRITTY_WINDOW_ID", "TERM_PROGRAM"};
    return terminal_type().starts_with("foot") || std::any_of(variables.begin(), variables.end(), [](const char* name) {
               return std::getenv(name) != nullptr;
           });
}

}  // namespace chat
