// Acts that cannot be performed until a question is answered (questions/question.h).
#pragma once

#include "chat-acceptor/acts/perform.h"
#include "chat-acceptor/questions/account_question.h"
#include "chat-acceptor/questions/history_question.h"
#include "chat-acceptor/questions/marker_question.h"
#include "chat-acceptor/questions/question.h"
#include "chat-acceptor/questions/targets_question.h"

#include <cstdint>
#include <optional>
#include <string>

namespace chat {

// The question to ask, given the answer to the one before; empty for an act that can be performed now.
[[nodiscard]] std::optional<Question> question_of(const Act& act, const std::optional<Answer>& answer,
                                                  const ActContext& context, const Asker& asker);
// Performs the act of a line that may have waited.
[[nodiscard]] Draft perform(const Act& act, const std::optional<Answer>& answer, const ActContext& context,
                            const Asker& asker);

// Performs the act with its answer, in the current state.
[[nodiscard]] Draft perform_answered(const Act& act, const Answer& answer, const ActContext& context,
                                     const Asker& asker);

// history.cpp
[[nodiscard]] std::optional<Question> ask_for_history(const act::ShowHistory& act, const ActContext& context,
                                                      const Asker& asker);
[[nodiscard]] Draft perform_history_answer(const act::ShowHistory& act, const Answer& answer, const ActContext& context,
                                           const Asker& asker);

// What the client may see of a room that it is in; empty: nothing.
[[nodiscard]] std::optional<HistoryQuestion> ask_about_room(Room room, const ActContext& context, const Asker& asker);

// seen.cpp
[[nodiscard]] std::optional<Question> ask_about_seen(const Act& act, const ActContext& context, const Asker& asker);
[[nodiscard]] Draft perform_unread_answer(const Answer& answer, const ActContext& context, const Asker& asker);

// account.cpp
[[nodiscard]] Question ask_for_names();
[[nodiscard]] std::optional<Question> ask_about_account(const Act& act, const ActContext& context, const Asker& asker);
// After chat-auth has let the client log in: what is kept for the account?
[[nodiscard]] std::optional<Question> ask_about_kept(const Act& act, const Answer& answer, const ActContext& context,
                                                     const Asker& asker);
// The account that the client logs in to with this answer; 0: none.
[[nodiscard]] std::uint32_t account_of_login(const Act& act, const Answer& answer);
// Why a login fails although the question was answered; empty: it does not. Whatever is kept for the account.
[[nodiscard]] std::optional<Draft> refuse_login(const Act& act, const AccountAnswer& answer, const ActContext& context,
                                                const Asker& asker);
[[nodiscard]] Draft perform_account_answer(const Act& act, const Answer& answer, const ActContext& context,
                                           const Asker& asker);
// The name that the client will have after the act: whoever else has it must get another one before that.
[[nodiscard]] std::optional<std::string> name_taken_over(const Act& act, const Answer& answer,
                                                         const ActContext& context, Microseconds now);

}  // namespace chat
