// The order of WHOX.
#include "chat-acceptor/dialects/irc/whox.h"

#include <algorithm>

namespace chat::irc {
namespace {

constexpr std::string_view fields_in_order = "tcuihsnfdlaor";

bool is_token(std::string_view text) noexcept {
    constexpr std::size_t longest_token = 3;
    return !text.empty() && text.size() <= longest_token && text.find_first_not_of("0123456789") == text.npos;
}

}  // namespace

WhoOptions parse_who_options(std::string_view text) noexcept {
    WhoOptions options;
    const std::string_view flags = text.substr(0, text.find('%'));
    options.only_operators = flags.find('o') != flags.npos;
    text.remove_prefix(std::min(flags.size() + 1, text.size()));
    const std::string_view fields = text.substr(0, text.find(','));
    text.remove_prefix(std::min(fields.size() + 1, text.size()));
    for (const char field : fields_in_order)
        if (fields.find(field) != fields.npos) options.fields.letters[options.fields.size++] = field;
    if (is_token(text)) options.token = text;
    return options;
}

}  // namespace chat::irc
