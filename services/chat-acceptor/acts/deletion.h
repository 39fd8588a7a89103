// Deleting a message: what has to be asked for it, for dialects that spell its refusals in their own way.
#pragma once

#include "chat-acceptor/acts/perform.h"
#include "chat-acceptor/questions/question.h"

#include <optional>

namespace chat {

// Empty: there is something to refuse, as perform() says.
[[nodiscard]] std::optional<Question> ask_about_deletion(const act::DeleteMessage& act, const ActContext& context,
                                                         const Asker& asker);
[[nodiscard]] Draft perform_deletion_answer(const act::DeleteMessage& act, const Answer& answer,
                                            const ActContext& context, const Asker& asker);

}  // namespace chat
