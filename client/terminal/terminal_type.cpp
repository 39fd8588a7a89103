// What the terminal can do: see terminal_type.h.
#include "client/terminal/terminal_type.h"

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

}  // namespace chat
