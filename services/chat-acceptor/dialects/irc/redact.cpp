// REDACT: deletes a message (draft/message-redaction).
#include "chat-acceptor/acts/deletion.h"
#include "chat-acceptor/dialects/irc/commands.h"
#include "shared/text/line.h"
#include "shared/text/text_rules.h"

#include <memory>
#include <utility>

namespace chat::irc {
namespace {

FileTarget place_of_target(std::string_view target) noexcept {
    if (target.starts_with('#')) return {FileTarget::Kind::room, room_of(target), 0};
    if (target.starts_with('&'))
        return {FileTarget::Kind::group, target, whole_number<std::uint32_t>(target.substr(1)).value_or(0)};
    return {FileTarget::Kind::client, target, 0};
}

Reading fail_redaction(const Request& request, const Draft& refusal) {
    const std::string_view target = request.param(0);
    const std::string_view message = request.param(1);
    const auto error = records::Error::of(refusal.record());
    Reply reply;
    if (error.code == ErrorCode::no_such_message)
        reply.fail("REDACT", "UNKNOWN_MSGID", {target, message}, error.text);
    else if (error.code == ErrorCode::forbidden)
        reply.fail("REDACT", "REDACT_FORBIDDEN", {target, message}, error.text);
    else
        reply.fail("REDACT", "INVALID_TARGET", {target}, error.text);
    return answer(request, std::move(reply));
}

}  // namespace

Reading redact(const Request& request) {
    const auto id = message_of(request, request.param(1));
    const act::DeleteMessage act{place_of_target(request.param(0)), id.value_or(0), request.param(2)};
    const ActContext& acts = *request.context->acts;
    const Asker& asker = request.context->asker;
    const Answer* found = request.context->answer;
    if (found == nullptr || found->is_preliminary) {
        auto question = ask_about_deletion(act, acts, asker);
        if (!question) return fail_redaction(request, perform(act, acts, asker));
        if (!id) return fail_redaction(request, Draft::refusal(ErrorCode::no_such_message, "There is no such message"));
        Reading reading = wait_for(*std::move(question));
        reading.tag = "REDACT";
        return reading;
    }
    Draft draft = perform_deletion_answer(act, *found, acts, asker);
    if (draft.is_refusal() && records::Error::of(draft.record()).code != ErrorCode::busy)
        return fail_redaction(request, draft);
    Reading reading;
    reading.tag = "REDACT";
    reading.answer = std::make_unique<Draft>(std::move(draft));
    return reading;
}

}  // namespace chat::irc
