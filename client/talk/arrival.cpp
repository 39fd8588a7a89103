// The way into the chat: see arrival.h.
#include "client/talk/arrival.h"

#include "client/talk/startup.h"
#include "shared/text/text_rules.h"

#include <utility>

namespace chat {

namespace {

// The server may not have noticed yet that the connection was lost, and may still reserve the name for it.
constexpr int max_names_refused = 6;

}  // namespace

NextStep Arrival::follow(Entry& entry, const EntryStep& step, const ServerLine& line) {
    switch (step.kind) {
        case EntryStep::Kind::wait:
            break;
        case EntryStep::Kind::refuse:
            if (entry.back) return TryAgain{*std::move(entry.back), "The server says: " + step.reason};
            return GiveUp{step.reason};
        case EntryStep::Kind::refuse_for_good:
            return GiveUp{"chat-client: " + (step.reason.empty() ? no_chat_server(server_) : step.reason)};
        case EntryStep::Kind::log_in:
            return log_in(std::move(entry));
        case EntryStep::Kind::choose_another:
            return refused(std::move(entry), step.reason);
        case EntryStep::Kind::enter:
            if (line.kind == "online") conversation_.named(*entry.name);
            return Enter{std::move(entry)};
    }
    return Wait{};
}

NextStep Arrival::log_in(Entry entry) {
    if (!can_be_sent(*entry.name)) return refused(std::move(entry), "A login name cannot contain control characters.");
    entry.link->connection.send("/login " + *entry.name);
    return Stage(await_login(std::move(entry)));
}

NextStep Arrival::refused(Entry entry, std::string_view reason) {
    // Nobody else needs to know that we try a name.
    entry.link->stay_quiet();
    if (entry.back && ++entry.back->names_refused < max_names_refused) {
        if (entry.back->names_refused == 1) terminal_.show(trying_again(reason), {Style::trouble});
        entry.link->connection.send("/quit");
        return TryAgain{*std::move(entry.back), "The server says: " + std::string(reason)};
    }
    if (!entry.was_asked && !terminal_.is_interactive()) return GiveUp{std::string(reason)};
    terminal_.show(reason, {Style::trouble});
    terminal_.show(name_question);
    entry.was_asked = true;
    return Stage(Naming{std::move(entry)});
}

NextStep Arrival::typed_name(Entry entry, std::string_view line) {
    terminal_.show_typed();
    entry.name = trimmed(line);
    if (entry.name->empty()) return refused(std::move(entry), empty_name);
    return log_in(std::move(entry));
}

}  // namespace chat
