// The list of dialects.
#include "chat-acceptor/dialects/dialect.h"

#include "chat-acceptor/dialects/line/line_reader.h"

namespace chat {
namespace {

template <typename Condition>
DialectId find_dialect(Condition condition) noexcept {
    for (std::uint8_t number = 0; number < dialect_count; ++number)
        if (condition(reader_of(static_cast<DialectId>(number)))) return static_cast<DialectId>(number);
    return DialectId::line;
}

}  // namespace

const DialectReader& reader_of(DialectId id) noexcept {
    switch (id) {
        case DialectId::line:
            break;
    }
    return line_reader;
}

DialectId dialect_of_listener(std::string_view name) noexcept {
    return find_dialect([name](const DialectReader& dialect) { return dialect.socket_name == name; });
}

DialectId dialect_of_stored(std::string_view name) noexcept {
    return find_dialect([name](const DialectReader& dialect) { return dialect.stored_name == name; });
}

}  // namespace chat
