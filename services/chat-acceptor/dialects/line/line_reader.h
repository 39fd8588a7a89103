// The protocol of docs/protocol.md, as the acceptor reads it.
#pragma once

#include "chat-acceptor/dialects/dialect.h"

namespace chat {

extern const DialectReader line_reader;

}  // namespace chat
