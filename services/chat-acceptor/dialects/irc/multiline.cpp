// BATCH: a client sends a text of several lines (IRCv3 draft/multiline). All of them stay in the inbox until the last
// one has come, so that they become one message or none.
#include "chat-acceptor/dialects/irc/capabilities.h"
#include "chat-acceptor/dialects/irc/commands.h"
#include "chat-acceptor/dialects/irc/joined_lines.h"
#include "shared/records/joints.h"

#include <memory>
#include <string>

namespace chat::irc {
namespace {

using End = JoinedLines::End;

constexpr std::string_view invalid = "MULTILINE_INVALID";

// `is_open`: what the client still sends of the batch is ignored.
Reading fail(const Request& request, std::string_view code, std::initializer_list<std::string_view> about,
             std::string_view text, bool is_open) {
    Reply reply;
    reply.fail("BATCH", code, about, text);
    IrcRow row = request.irc();
    if ((row.ignores_batch != 0) == is_open) return answer(request, std::move(reply));
    row.ignores_batch = is_open ? 1 : 0;
    return answer(request, std::move(reply), row);
}

Reading close_ignored(const Request& request) {
    IrcRow row = request.irc();
    row.ignores_batch = 0;
    return answer(request, {}, row);
}

Reading refuse_joined(const Request& request, const JoinedLines& joined, std::string_view target) {
    const auto refuse = [&](std::string_view text) { return fail(request, invalid, {}, text, true); };
    switch (joined.end()) {
        case End::whole:
        case End::blank:
            return fail(request, invalid, {}, "The batch has no text", false);
        case End::missing:
            return refuse("The batch has no end");
        case End::interrupted:
            return refuse("Only lines of the batch may come before its end");
        case End::other_reference:
            return refuse("The line belongs to another batch");
        case End::other_command:
            return refuse("A batch has only PRIVMSG or only NOTICE");
        case End::other_target:
            return fail(request, "MULTILINE_INVALID_TARGET", {target, joined.target()},
                        "The line has another target than its batch", true);
        case End::unreadable:
            return refuse("The line is too long, or not UTF-8 without control characters");
        case End::blank_joint:
            return refuse("A line that is joined with the one before it needs a text");
        case End::ctcp:
            return refuse("CTCP has one line");
        case End::too_many_lines:
            return fail(request, "MULTILINE_MAX_LINES", {std::to_string(most_joined_lines)}, "Too many lines", true);
        case End::too_many_bytes:
            return fail(request, "MULTILINE_MAX_BYTES", {std::to_string(most_joined_bytes)}, "The text is too long",
                        true);
    }
    return refuse("The batch is invalid");
}

Reading send_joined(const Request& request, const JoinedLines& joined, std::string_view target) {
    if (!fits_line(request, target, joined.longest()))
        return fail(request, invalid, {}, "With your nick and host a line is too long for its receivers", false);
    auto texts = std::make_unique<const JoinedTexts>(
        JoinedTexts{joined.text(), records::tags_with_joints(joined.joints(), passed_tags(request))});
    Reading reading = send_text(request, target, texts->text, joined.is_notice());
    reading.message_tags = texts->tags;
    reading.further_lines = static_cast<std::int64_t>(joined.lines()) - 1;
    reading.joined = std::move(texts);
    return reading;
}

Reading open_batch(const Request& request, std::string_view reference) {
    const std::string_view type = request.param(1);
    const std::string_view target = request.param(2);
    if (!is_batch_reference(reference))
        return fail(request, "INVALID_REFTAG", {reference}, "A reference has letters, digits and dashes", true);
    if (type != "draft/multiline" || !has_capability(request, irc_capability::multiline))
        return fail(request, "UNKNOWN_TYPE", {reference, type}, "Unknown type of batch", true);
    if (target.empty() || target.find(',') != std::string_view::npos)
        return fail(request, invalid, {}, "A batch has one target", true);
    if (is_nickserv(target)) return fail(request, invalid, {}, "NickServ takes one line", true);

    Reading reading;
    reading.needs = Reading::Needs::following;
    if (!request.context->following) return reading;
    const JoinedLines joined(reference, target, *request.context->following);
    if (joined.end() == End::missing && !request.context->has_ended) {
        reading.needs = Reading::Needs::more;
        return reading;
    }
    const bool is_whole = joined.end() == End::whole;
    reading = is_whole ? send_joined(request, joined, target) : refuse_joined(request, joined, target);
    reading.following_used = joined.used();
    reading.is_secret = !is_whole;  // what is refused may contain anything
    if (!is_whole) reading.further_lines = static_cast<std::int64_t>(joined.lines());
    return reading;
}

}  // namespace

Reading send_batch(const Request& request) {
    const std::string_view word = request.param(0);
    if (word.starts_with('+')) return open_batch(request, word.substr(1));
    if (request.irc().ignores_batch != 0) return close_ignored(request);
    return fail(request, invalid, {}, "There is no such batch", false);
}

Reading refuse_stray(const Request& request, bool is_secret) {
    Reading reading = request.irc().ignores_batch != 0 ? silence(request)
                                                       : fail(request, invalid, {}, "There is no such batch", false);
    reading.is_secret = is_secret || is_nickserv(request.param(0));
    return reading;
}

}  // namespace chat::irc
