// A question to the person at the terminal, outside the conversation.
#pragma once

#include "client/process.h"
#include "client/terminal/terminal.h"

#include <functional>
#include <optional>
#include <string>

namespace chat {

// A Ctrl-C that only emptied the line being typed: the process stays.
[[nodiscard]] bool only_clears_line(Terminal& terminal, Signals& signals, int signal);

// Waits until `accepts` is true for a line that was typed. Nothing: it was. Otherwise the terminal is stopped, and
// there is no answer: the signal that ends the process, or 0 for the end of the input.
[[nodiscard]] std::optional<int> await_typed_answer(Terminal& terminal, Signals& signals,
                                                    const std::function<bool(const std::string&)>& accepts);

}  // namespace chat
