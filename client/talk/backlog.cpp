// Messages that came before: see backlog.h.
#include "client/talk/backlog.h"

#include "client/net/deadline.h"

namespace chat {

void Backlog::disconnected() {
    catch_up_.disconnected();
    pages_.disconnected();
    marks_.disconnected();
}

bool Backlog::takes(const ServerLine& line, const std::optional<Request>& answered) {
    if (catch_up_.takes(line)) return true;
    if (answered && pages_.takes(line, *answered)) return true;
    if (line.kind == "seen") {
        marks_.seen_elsewhere(line);
        return true;
    }
    if (line.kind == "renamed" && line.value("id") == state_.viewer.id && line.value("account") != "yes")
        marks_.disable();
    const std::uint64_t id = number_in(line, "id");
    if (line.kind == "message") {
        const auto place = place_of(line, state_.viewer.id);
        if (line.value("kept") == "yes") return !marks_.add_past({id, place.value_or(Place{}), line});
        marks_.live(id);
        return !marks_.add_live(id, place);
    }
    // A message of our own, which we have seen when we typed it.
    if (answered && (line.kind == "ok" || line.kind == "undelivered" || line.kind == "kept") && id != 0) {
        marks_.live(id);
        (void)marks_.add_live(id, answered->is_text ? place_of(answered->target) : std::nullopt);
    }
    return false;
}

int Backlog::poll_timeout() const {
    return earlier_timeout(catch_up_.poll_timeout(), marks_.poll_timeout());
}

void Backlog::work() {
    catch_up_.work();
    marks_.work();
}

}  // namespace chat
