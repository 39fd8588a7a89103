// IRC, as the acceptor reads it: docs/use/irc.md.
#pragma once

#include "chat-acceptor/dialects/dialect.h"

namespace chat {

extern const DialectReader irc_reader;

}  // namespace chat
