// The acts that wait. So far there is only one, for tests.
#include "chat-acceptor/acts/waiting.h"

#include "shared/records/answer.h"

namespace chat {

#ifdef CHAT_CRASH_POINTS

std::optional<Question> question_of(const Act& act) {
    const auto* wait = std::get_if<act::Wait>(&act);
    if (wait == nullptr) return std::nullopt;
    return Question{Authority::sleeper, std::string(wait->words)};
}

Draft perform_answered(const Act& /*act*/, const Answer& answer, const ActContext& /*context*/,
                       const Asker& /*asker*/) {
    if (!answer.came) return Draft::refusal(ErrorCode::busy, "The server is busy; try again later");
    return Draft(records::Echo{}.record()).with_text(answer.text);
}

Draft perform(const act::Wait& /*act*/, const ActContext& /*context*/, const Asker& /*asker*/) {
    return Draft::refusal(ErrorCode::busy, "The server is busy; try again later");
}

#else

std::optional<Question> question_of(const Act& /*act*/) {
    return std::nullopt;
}

Draft perform_answered(const Act& act, const Answer& /*answer*/, const ActContext& context, const Asker& asker) {
    return perform(act, context, asker);
}

#endif

}  // namespace chat
