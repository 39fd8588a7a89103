// PRIVMSG NOTICE AWAY.
#include "chat-acceptor/acts/room_rules.h"
#include "chat-acceptor/dialects/irc/capabilities.h"
#include "chat-acceptor/dialects/irc/commands.h"
#include "shared/records/message.h"
#include "shared/text/formatting.h"
#include "shared/text/line.h"
#include "shared/text/text_rules.h"

#include <algorithm>
#include <span>
#include <vector>

namespace chat::irc {
namespace {

constexpr std::size_t max_targets = 4;  // TARGMAX in 005
constexpr std::string_view to_everybody = "$*";

struct Content {
    std::string_view text;
    std::uint16_t form = 0;
};

// CTCP ACTION is a message of its own form; what else programs say to each other stays as it is.
Content content_of(std::string_view text, bool is_notice) {
    Content content{text};
    if (is_notice) content.form |= message_form::notice;
    if (text.size() > 1 && text.front() == ctcp_mark) {
        constexpr std::string_view action = "ACTION ";
        std::string_view inner = text.substr(1);
        if (inner.back() == ctcp_mark) inner.remove_suffix(1);
        if (inner.starts_with(action) && !is_notice) {
            content.text = inner.substr(action.size());
            content.form |= message_form::action;
        } else {
            content.form |= message_form::ctcp;
        }
    }
    if (has_formatting(content.text)) content.form |= message_form::formatted;
    return content;
}

// `@#films` is for the operators of a channel, `+#films` also for those with voice.
struct Channel {
    char prefix = 0;        // 0: for all members
    std::string_view name;  // empty: it is not a channel
};
Channel channel_in(std::string_view target) noexcept {
    if (target.starts_with("@#") || target.starts_with("+#")) return {target.front(), target.substr(1)};
    return {0, target.starts_with('#') ? target : std::string_view{}};
}

std::string_view text_of(SpeechObjection objection) noexcept {
    switch (objection) {
        case SpeechObjection::banned:
            return "Cannot send to channel (+b)";
        case SpeechObjection::moderated:
            return "Cannot send to channel (+m)";
        case SpeechObjection::no_ctcp:
            return "Cannot send to channel (+C)";
        case SpeechObjection::stranger:
            return "Cannot send to channel (+n)";
        case SpeechObjection::none:
            break;
    }
    return {};
}

// A notice is never answered, not even if it cannot be delivered.
bool would_be_refused(const Request& request, std::string_view target, std::uint16_t form) {
    if (target == to_everybody) return request.irc().is_operator == 0;
    if (const Channel to = channel_in(target); !to.name.empty()) {
        const auto room = find_channel(request, to.name);
        return !room || objection_to_speech(request.tables(), *room, request.client(), form) != SpeechObjection::none;
    }
    if (target.starts_with('&')) {
        const auto number = whole_number<std::uint32_t>(target.substr(1));
        const auto group = number ? request.tables().groups.find(*number) : std::nullopt;
        return !group || request.tables().groups.standing(*group, request.client()) != Standing::member;
    }
    return !request.sessions().find_name(target);
}

Reading send_to(const Request& request, std::string_view target, const Content& content, std::uint8_t next_step) {
    if (const Channel to = channel_in(target); !to.name.empty()) {
        const std::string_view name = room_of(to.name);
        if (name.empty()) return refuse_channel(request, target, next_step);
        const auto room = request.rooms().find(name);
        const auto objection =
            room ? objection_to_speech(request.tables(), *room, request.client(), content.form) : SpeechObjection::none;
        if (objection != SpeechObjection::none)
            return refuse(request, 404, channel(request.rooms().name(*room)), text_of(objection), next_step);
        if (to.prefix == 0) return ask(act::SayInRoom{name, content.text, content.form}, name, next_step);
        return ask(act::SayToStanding{name, to.prefix == '@', content.text, content.form}, name, next_step);
    }
    if (target.starts_with('&')) {
        const auto number = whole_number<std::uint32_t>(target.substr(1)).value_or(0);
        return ask(act::SayInGroup{{target.substr(1), number}, content.text, content.form}, target.substr(1),
                   next_step);
    }
    if (target == to_everybody && request.irc().is_operator != 0)
        return ask(act::Broadcast{content.text}, target, next_step);
    if (target.starts_with('$')) {
        Reply reply;
        reply.numeric(481, {}, "Permission Denied- You're not an IRC operator");
        return answer(request, std::move(reply), next_step);
    }
    return ask(act::SendMessage{{target, 0}, content.text, content.form, true}, target, next_step);
}

// Each target in a record of its own. `is_answered`: otherwise nothing tells the sender that it was in vain.
Reading send_to_each(const Request& request, std::span<const std::string_view> targets, const Content& content,
                     bool is_answered) {
    std::size_t step = request.step();
    while (!is_answered && step < targets.size() && would_be_refused(request, targets[step], content.form)) ++step;
    if (step >= targets.size()) return silence(request);
    const auto after = static_cast<std::uint8_t>(step + 1 < targets.size() ? step + 1 : 0);
    return send_to(request, targets[step], content, after);
}

// Mostly one: then nothing is stored in `several`, and the span views `param`.
std::span<const std::string_view> targets_in(const std::string_view& param, std::vector<std::string_view>& several) {
    if (param.empty()) return {};
    if (param.find(',') == std::string_view::npos) return {&param, 1};
    several = split_list(param);
    return several;
}

Reading send(const Request& request, bool is_notice) {
    const auto refuse = [&](int number, std::initializer_list<std::string_view> params, std::string_view text) {
        Reply reply;
        if (!is_notice) reply.numeric(number, params, text);
        return answer(request, std::move(reply));
    };
    const std::string_view param = request.param(0);
    std::vector<std::string_view> several;
    const std::span targets = targets_in(param, several);
    if (targets.empty()) return refuse(411, {}, "No recipient given (PRIVMSG)");
    if (request.param(1).empty()) return refuse(412, {}, "No text to send");
    if (!is_notice && targets.size() == 1 && is_nickserv(targets.front()))
        return write_to_nickserv(request, request.param(1));
    if (targets.size() > max_targets) return refuse(407, {targets[max_targets]}, "Too many targets");
    const auto fits = [&](std::string_view target) { return fits_line(request, target, request.param(1).size()); };
    if (!std::all_of(targets.begin(), targets.end(), fits)) {
        Reply reply;
        reply.numeric(417, {}, "Input line was too long");
        return answer(request, std::move(reply));
    }
    return send_to_each(request, targets, content_of(request.param(1), is_notice), !is_notice);
}

}  // namespace

bool fits_line(const Request& request, std::string_view target, std::size_t size) {
    const IrcRow& irc = request.irc();
    // `:nick!~user@host PRIVMSG target :text`
    return request.nick().size() + irc.user.view().size() + irc.host.view().size() + target.size() + size + 15 <=
           longest_line;
}

Reading send_text(const Request& request, std::string_view target, std::string_view text, bool is_notice) {
    return send_to_each(request, std::span(&target, 1), content_of(text, is_notice), !is_notice);
}

Reading privmsg(const Request& request) {
    return send(request, false);
}

Reading notice(const Request& request) {
    return send(request, true);
}

Reading tagmsg(const Request& request) {
    Reply reply;
    const auto targets = split_list(request.param(0));
    if (targets.empty()) reply.numeric(411, {}, "No recipient given (TAGMSG)");
    if (targets.size() > max_targets) reply.numeric(407, {targets[max_targets]}, "Too many targets");
    if (reply.size() > 0) return answer(request, std::move(reply));
    if (passed_tags(request).empty()) return silence(request);
    return send_to_each(request, targets, {.text = {}, .form = message_form::tags_only}, true);
}

Reading set_real_name(const Request& request) {
    const std::string_view name = request.param(0);
    Reply reply;
    IrcRow row = request.irc();
    row.real_name.set(name);
    if (name.empty() || row.real_name.view() != name) {
        reply.raw(":FAIL SETNAME INVALID_REALNAME :The real name is empty or too long");
        return answer(request, std::move(reply));
    }
    if (has_capability(request, irc_capability::setname)) reply.raw("!SETNAME :" + std::string(name));
    return answer_with_news(request, std::move(reply), row, IrcNews::real_name, irc_capability::setname);
}

Reading away(const Request& request) {
    IrcRow row = request.irc();
    row.away.set(request.param(0));
    Reply reply;
    if (row.away.view().empty())
        reply.numeric(305, {}, "You are no longer marked as being away");
    else
        reply.numeric(306, {}, "You have been marked as being away");
    return answer_with_news(request, std::move(reply), row, IrcNews::away, irc_capability::away_notify);
}

}  // namespace chat::irc
