// THE TABLE of settings: a row of settings_table.cpp has the key, the member of Config, its range and its meaning. Here
// are the units that also say what a value may be.
#pragma once

#include "shared/system/config.h"

#include <string_view>

namespace chat {

inline constexpr std::string_view addresses = "addresses";  // of a list; other lists are of names
// What a text that is none of a list of words may contain.
inline constexpr std::string_view host_name = "host name";
inline constexpr std::string_view one_word = "word";
inline constexpr std::string_view several_lines = "text";

}  // namespace chat
