// Acts that cannot be performed until a question is answered (questions/question.h).
#pragma once

#include "chat-acceptor/acts/perform.h"
#include "chat-acceptor/questions/question.h"

#include <optional>

namespace chat {

// The question to ask; empty for an act that can be performed at once.
[[nodiscard]] std::optional<Question> question_of(const Act& act);

// Performs the act with its answer, in the current state.
[[nodiscard]] Draft perform_answered(const Act& act, const Answer& answer, const ActContext& context,
                                     const Asker& asker);

}  // namespace chat
