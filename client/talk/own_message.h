// The person's own messages, as they see them.
#pragma once

#include "client/talk/directory.h"
#include "client/talk/requests.h"
#include "client/talk/target.h"
#include "client/talk/wording.h"

#include <optional>
#include <string>
#include <string_view>

namespace chat {

struct OwnMessage {
    Target to;
    std::string text;
    bool is_action = false;  // the text is what they do
};

// What a typed line says to whom: plain text to `target`, or the text of a command that sends a message. Nothing for
// any other command, and for one that lacks something.
[[nodiscard]] std::optional<OwnMessage> own_message(std::string_view command, std::string_view text,
                                                    const Target& target);

// The same for a line that was sent.
[[nodiscard]] std::optional<OwnMessage> message_of(const Request& request);

// `to Robin: hi`, `Batman: hi`, `Batman (in ops): hi`, `* Batman (to Robin) waves`; it ends with a blank and the text.
[[nodiscard]] std::string own_words(const OwnMessage& message, const Viewer& viewer, const Directory& known);

}  // namespace chat
