// The columns that text takes: see columns.h.
#include "client/terminal/columns.h"

#include <wchar.h>

#include <algorithm>

namespace chat {

namespace {

constexpr std::size_t tab = 8;

}  // namespace

std::size_t take_columns(std::string_view& text, std::size_t column) {
    const auto first = static_cast<unsigned char>(text.front());
    wchar_t wide = 0;
    mbstate_t state{};
    const std::size_t size = ::mbrtowc(&wide, text.data(), text.size(), &state);
    const bool is_whole = size > 0 && size <= text.size();
    text.remove_prefix(is_whole ? size : 1);
    if (first == '\t') return tab - column % tab;
    if (first < ' ' || first == 0x7f) return 2;
    const int width = is_whole ? ::wcwidth(wide) : 1;
    return static_cast<std::size_t>(std::max(width, 0));
}

}  // namespace chat
