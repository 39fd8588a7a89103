// The acts that wait: those of accounts, those that read the log, and one for tests.
#include "chat-acceptor/acts/waiting.h"

#include "chat-acceptor/acts/deletion.h"
#include "chat-acceptor/acts/kept.h"
#include "shared/records/answer.h"

namespace chat {

std::optional<Question> question_of(const Act& act, const std::optional<Answer>& answer, const ActContext& context,
                                    const Asker& asker) {
    if (answer && !answer->is_preliminary) return ask_about_kept(act, *answer, context, asker);
    if (asker.row->is_getting_kept == getting_kept::more) return ask_for_more_kept(context, asker);
#ifdef CHAT_CRASH_POINTS
    if (const auto* wait = std::get_if<act::Wait>(&act)) return Question{Authority::sleeper, Secret(wait->words)};
#endif
    if (const auto* history = std::get_if<act::ShowHistory>(&act)) return ask_for_history(*history, context, asker);
    if (const auto* deletion = std::get_if<act::DeleteMessage>(&act))
        return ask_about_deletion(*deletion, context, asker);
    if (const auto* action = std::get_if<act::SayAction>(&act))
        return question_of(message_of(*action, context), answer, context, asker);
    if (const auto* message = std::get_if<act::SendMessage>(&act)) return ask_about_away(*message, context, asker);
    if (auto question = ask_about_seen(act, context, asker)) return question;
    return ask_about_account(act, context, asker);
}

Draft perform(const Act& act, const std::optional<Answer>& answer, const ActContext& context, const Asker& asker) {
    if (asker.row->is_getting_kept == getting_kept::more) return perform_more_kept(answer, context, asker);
    return answer ? perform_answered(act, *answer, context, asker) : perform(act, context, asker);
}

Draft perform_answered(const Act& act, const Answer& answer, const ActContext& context, const Asker& asker) {
#ifdef CHAT_CRASH_POINTS
    if (std::holds_alternative<act::Wait>(act)) {
        if (!answer.came) return refuse_busy();
        return Draft(records::Echo{}.record()).with_text(answer.text);
    }
#endif
    if (const auto* history = std::get_if<act::ShowHistory>(&act))
        return perform_history_answer(*history, answer, context, asker);
    if (const auto* deletion = std::get_if<act::DeleteMessage>(&act))
        return perform_deletion_answer(*deletion, answer, context, asker);
    if (std::holds_alternative<act::SendMessage>(act) || std::holds_alternative<act::SayAction>(act))
        return answer.came ? perform(act, context, asker) : refuse_busy();
    if (std::holds_alternative<act::MarkSeen>(act)) return answer.came ? perform(act, context, asker) : refuse_busy();
    if (std::holds_alternative<act::ListUnread>(act)) return perform_unread_answer(answer, context, asker);
    return perform_account_answer(act, answer, context, asker);
}

#ifdef CHAT_CRASH_POINTS
Draft perform(const act::Wait& /*act*/, const ActContext& /*context*/, const Asker& /*asker*/) {
    return refuse_busy();
}
#endif

}  // namespace chat
