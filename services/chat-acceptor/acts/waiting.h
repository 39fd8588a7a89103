// Acts that cannot be performed until a question is answered (questions/question.h).
#pragma once

#include "chat-acceptor/acts/perform.h"
#include "chat-acceptor/questions/question.h"

#include <optional>
#include <string>

namespace chat {

// The question to ask; empty for an act that can be performed at once.
[[nodiscard]] std::optional<Question> question_of(const Act& act, const ActContext& context, const Asker& asker);

// Performs the act with its answer, in the current state.
[[nodiscard]] Draft perform_answered(const Act& act, const Answer& answer, const ActContext& context,
                                     const Asker& asker);

// history.cpp
[[nodiscard]] std::optional<Question> ask_for_history(const act::ShowHistory& act, const ActContext& context,
                                                      const Asker& asker);
[[nodiscard]] Draft perform_history_answer(const act::ShowHistory& act, const Answer& answer, const ActContext& context,
                                           const Asker& asker);

// account.cpp
[[nodiscard]] Question ask_for_names();
[[nodiscard]] std::optional<Question> ask_about_account(const Act& act, const ActContext& context, const Asker& asker);
[[nodiscard]] Draft perform_account_answer(const Act& act, const Answer& answer, const ActContext& context,
                                           const Asker& asker);
// The name that the client will have after the act: whoever else has it must get another one before that.
[[nodiscard]] std::optional<std::string> name_taken_over(const Act& act, const Answer& answer,
                                                         const ActContext& context, Microseconds now);

}  // namespace chat
