// The login name, as it is asked for before there is a connection.
#pragma once

#include "client/signals.h"
#include "client/terminal.h"

#include <optional>
#include <string>
#include <string_view>

namespace chat {

inline constexpr std::string_view name_question = "Enter login name:";
inline constexpr std::string_view empty_name = "Username can't be empty";

// A name without the blanks around it.
[[nodiscard]] std::string trimmed(std::string_view name);

struct NameAnswer {
    std::optional<std::string> name;  // never empty; nothing: there will be no chat
    int exit_status = 0;              // for that case
};

// Asks until there is a name that is not empty, the input ends or a signal comes.
[[nodiscard]] NameAnswer ask_name(Terminal& terminal, Signals& signals);

}  // namespace chat
