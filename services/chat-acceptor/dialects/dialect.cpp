// The list of dialects.
#include "chat-acceptor/dialects/dialect.h"

#include "chat-acceptor/dialects/irc/irc_reader.h"
#include "chat-acceptor/dialects/line/line_reader.h"

namespace chat {
namespace {

constexpr std::string_view proxied_suffix = "-proxied";

// `name_of` gives the name that a dialect's socket has if it is not proxied.
template <typename NameOf>
SocketRole find_role(std::string_view name, NameOf name_of) noexcept {
    SocketRole role{.is_proxied = name.ends_with(proxied_suffix)};
    if (role.is_proxied) name.remove_suffix(proxied_suffix.size());
    for (std::uint8_t number = 0; number < dialect_count; ++number)
        if (name == name_of(reader_of(static_cast<DialectId>(number)))) role.dialect = static_cast<DialectId>(number);
    return role;
}

}  // namespace

const DialectReader& reader_of(DialectId id) noexcept {
    switch (id) {
        case DialectId::line:
            break;
        case DialectId::irc:
            return irc_reader;
    }
    return line_reader;
}

SocketRole role_of_listener(std::string_view name) noexcept {
    return find_role(name, [](const DialectReader& dialect) { return dialect.socket_name; });
}

SocketRole role_of_stored(std::string_view name) noexcept {
    return find_role(name, [](const DialectReader& dialect) { return dialect.stored_name; });
}

std::string stored_name_of(DialectId id, bool is_proxied) {
    std::string name(reader_of(id).stored_name);
    if (is_proxied) name += proxied_suffix;
    return name;
}

}  // namespace chat
