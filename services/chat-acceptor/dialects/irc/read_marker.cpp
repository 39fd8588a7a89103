// MARKREAD: how far a person has read, as a time (draft/read-marker). Accounts keep it, guests until they leave.
#include "chat-acceptor/acts/waiting.h"
#include "chat-acceptor/dialects/irc/capabilities.h"
#include "chat-acceptor/dialects/irc/commands.h"
#include "shared/text/text_rules.h"

#include <algorithm>
#include <string>
#include <utility>

namespace chat::irc {
namespace {

Reading fail_marker(const Request& request, std::string_view code, std::initializer_list<std::string_view> about,
                    std::string_view text) {
    Reply reply;
    reply.fail("MARKREAD", code, about, text);
    return answer(request, std::move(reply));
}

// `place`: storage for the question.
MarkerQuestion question_about(const Request& request, std::string_view target, std::string& place) {
    MarkerQuestion asked{.account = request.row().account, .session = request.row().session};
    const AccountNames* names = request.context->acts->names;
    if (const std::string_view room = room_of(target); !room.empty()) {
        place = "room:" + std::string(room);
    } else {
        const auto other = asked.account != 0 && names != nullptr ? names->find(target) : std::nullopt;
        if (other) asked.other = other->number;
        place = target;
    }
    asked.place = place;
    return asked;
}

std::string marker_line(std::string_view target, Microseconds at) {
    return ":MARKREAD " + std::string(target) + ' ' + (at == 0 ? "*" : "timestamp=" + time_text(at));
}

bool exists(const Request& request, std::string_view target) {
    if (const std::string_view room = room_of(target); !room.empty()) {
        const auto known = request.rooms().find(room);
        return known && request.rooms().is_member(request.client(), *known);
    }
    const AccountNames* names = request.context->acts->names;
    return request.sessions().find_name(target) || (names != nullptr && names->find(target));
}

bool waits_for_names(const Request& request) noexcept {
    return request.row().account != 0 && has_accounts(request) && !request.context->acts->names->are_loaded &&
           request.context->answer == nullptr;
}

}  // namespace

std::optional<Reading> await_marker(const Request& request, Room room) {
    if (!has_capability(request, irc_capability::read_marker) || request.context->answer != nullptr)
        return std::nullopt;
    std::string place;
    return wait_for(question_about(request, channel(request.rooms().name(room)), place).question());
}

void add_marker(const Request& request, Room room, Reply& reply) {
    if (request.context->answer == nullptr || !has_capability(request, irc_capability::read_marker)) return;
    const auto found = MarkerAnswer::of(*request.context->answer);
    if (found) reply.raw(marker_line(channel(request.rooms().name(room)), found->at));
}

Reading mark_read(const Request& request) {
    const std::string_view target = request.param(0);
    const std::string_view reference = request.param(1);
    if (target.empty()) return fail_marker(request, "NEED_MORE_PARAMS", {}, "A target is needed");
    const auto at = time_of_reference(request, reference);
    if (!reference.empty() && !at) return fail_marker(request, "INVALID_PARAMS", {target}, "Invalid timestamp");
    if (target.size() > max_name_size + 1 || (room_of(target).empty() && !is_name(target)) ||
        (at && !exists(request, target)))
        return fail_marker(request, "INVALID_PARAMS", {target}, "There is no such target");
    if (waits_for_names(request)) return wait_for(ask_for_names());
    const Answer* known = request.context->answer;
    std::string place;
    MarkerQuestion asked = question_about(request, target, place);
    asked.at = at.value_or(0);
    if (known == nullptr || known->is_preliminary) return wait_for(asked.question());
    const auto found = MarkerAnswer::of(*known);
    if (!found) return fail_marker(request, "INTERNAL_ERROR", {target}, "The marker could not be read");
    if (!at || *at <= found->at) {
        Reply reply;
        reply.raw(marker_line(target, found->at));
        return answer(request, std::move(reply));
    }
    if (found->is_full) return fail_marker(request, "INTERNAL_ERROR", {target}, "You have too many markers");
    const std::string_view room = room_of(target);
    return ask(act::MarkSeen{room.empty() ? target : room, !room.empty(), found->id, *at}, target);
}

}  // namespace chat::irc
