// The acts that wait: those of accounts, and one for tests.
#include "chat-acceptor/acts/waiting.h"

#include "shared/records/answer.h"

namespace chat {

std::optional<Question> question_of(const Act& act, const ActContext& context, const Asker& asker) {
#ifdef CHAT_CRASH_POINTS
    if (const auto* wait = std::get_if<act::Wait>(&act)) return Question{Authority::sleeper, Secret(wait->words)};
#endif
    return ask_about_account(act, context, asker);
}

Draft perform_answered(const Act& act, const Answer& answer, const ActContext& context, const Asker& asker) {
#ifdef CHAT_CRASH_POINTS
    if (std::holds_alternative<act::Wait>(act)) {
        if (!answer.came) return Draft::refusal(ErrorCode::busy, "The server is busy; try again later");
        return Draft(records::Echo{}.record()).with_text(answer.text);
    }
#endif
    return perform_account_answer(act, answer, context, asker);
}

#ifdef CHAT_CRASH_POINTS
Draft perform(const act::Wait& /*act*/, const ActContext& /*context*/, const Asker& /*asker*/) {
    return Draft::refusal(ErrorCode::busy, "The server is busy; try again later");
}
#endif

}  // namespace chat
