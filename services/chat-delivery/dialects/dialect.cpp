// The list of dialects.
#include "chat-delivery/dialects/dialect.h"

#include "chat-delivery/dialects/line/render.h"

namespace chat {

const DialectWriter& writer_of(DialectId id) noexcept {
    switch (id) {
        case DialectId::line:
            break;
    }
    return line_writer;
}

}  // namespace chat
