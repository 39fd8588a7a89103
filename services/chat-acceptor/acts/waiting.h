// Acts that cannot be performed before a question is answered (questions/question.h).
#pragma once

#include "chat-acceptor/acts/perform.h"
#include "chat-acceptor/questions/question.h"

#include <optional>

namespace chat {

// What has to be asked; empty for an act that can be performed at once.
[[nodiscard]] std::optional<Question> question_of(const Act& act);

// The act with its answer, performed in the state as it is now.
[[nodiscard]] Draft perform_answered(const Act& act, const Answer& answer, const ActContext& context,
                                     const Asker& asker);

}  // namespace chat
