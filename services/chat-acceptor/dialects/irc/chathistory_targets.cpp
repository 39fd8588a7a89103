// CHATHISTORY TARGETS: in which channels and conversations was something said last between two times?
#include "chat-acceptor/acts/waiting.h"
#include "chat-acceptor/dialects/irc/capabilities.h"
#include "chat-acceptor/dialects/irc/commands.h"
#include "shared/text/line.h"

#include <algorithm>
#include <string>
#include <utility>

namespace chat::irc {
namespace {

Reading fail_targets(const Request& request, std::string_view code, std::string_view text) {
    Reply reply;
    reply.fail("CHATHISTORY", code, {"TARGETS"}, text);
    return answer(request, std::move(reply));
}

Reading show_targets(const Request& request, const TargetsAnswer& found) {
    constexpr std::string_view targets_batch = "targets";
    const bool has_batch = has_capability(request, irc_capability::batch);
    Reply reply;
    if (has_batch) reply.raw(":BATCH +" + std::string(targets_batch) + " draft/chathistory-targets");
    std::string_view places = found.places;
    while (const auto place = take_target_place(places)) {
        const std::string target =
            place->other == 0 ? channel(place->name) : std::string(request.context->acts->names->name_of(place->other));
        if (target.empty()) continue;  // the account has been deleted
        std::string line = "=";
        if (has_batch) line.append("@batch=").append(targets_batch).append(" ");
        reply.raw(line + ":" + irc_server_name(request.config()) + " CHATHISTORY TARGETS " + target + ' ' +
                  time_text(place->at));
    }
    if (has_batch) reply.raw(":BATCH -" + std::string(targets_batch));
    return answer_part(request, std::move(reply), {});
}

}  // namespace

Reading list_targets(const Request& request) {
    const auto one = time_of_reference(request, request.param(1));
    const auto other = time_of_reference(request, request.param(2));
    if (!one || !other) return fail_targets(request, "INVALID_PARAMS", "Two timestamps are needed");
    const auto limit = whole_number<std::uint64_t>(request.param(3));
    if (!limit || *limit == 0) return fail_targets(request, "INVALID_PARAMS", "Invalid or missing limit");
    const ActContext& acts = *request.context->acts;
    const Answer* known = request.context->answer;
    const bool has_talks = request.row().account != 0 && has_accounts(request);
    if (known == nullptr && has_talks && !acts.names->are_loaded) return wait_for(ask_for_names());
    if (known != nullptr && !known->is_preliminary) {
        const auto found = TargetsAnswer::of(*known);
        if (!found || found->account != request.row().account)
            return fail_targets(request, "MESSAGE_ERROR", "Targets could not be retrieved");
        return show_targets(request, *found);
    }
    TargetsQuestion asked{.from = std::min(*one, *other),
                          .until = std::max(*one, *other),
                          .limit = std::min(*limit, static_cast<std::uint64_t>(request.config().history_page))};
    asked.places.account = request.row().account;
    asked.places.has_talks = has_talks && request.config().history_accounts != "none";
    for (const Room room : request.rooms().rooms_of(request.client()))
        if (const auto visible = ask_about_room(room, acts, request.context->asker))
            asked.places.rooms.push_back(*visible);
    Reading reading = wait_for(asked.question());
    reading.tag = "CHATHISTORY";
    return reading;
}

}  // namespace chat::irc
