// What was missed: see catch_up.h.
#include "client/talk/catch_up.h"

#include "shared/text/text_rules.h"

#include <algorithm>
#include <chrono>
#include <utility>

namespace chat {

namespace {

using std::chrono::milliseconds;
using std::chrono::seconds;

constexpr std::size_t page_size = 100;
constexpr int most_pages = 50;
// A server that is slow holds back what is said now for this long.
constexpr seconds patience{15};
// The server limits the pages of a minute: until one that it refused is asked for again.
constexpr milliseconds pause_between_pages{1500};
constexpr int most_attempts = 40;

bool is_in(const std::vector<ServerLine>& unread, const Place& place) {
    return std::any_of(unread.begin(), unread.end(), [&place](const ServerLine& row) {
        return parse_place(row.value("place")).key() == place.key();
    });
}

}  // namespace

void CatchUp::welcomed(const ServerLine& welcome) {
    welcomed_at_ = welcome.value("connected");
}

void CatchUp::begin(bool returns, bool in_lobby) {
    if (!state_.terminal.is_interactive() || !state_.outgoing.is_connected()) return;
    // What was not complete is fetched again; what was shown of it is known by its ids.
    returns_ = returns;
    if (!incomplete_from_) incomplete_from_ = marks_.newest_live();
    if (!incomplete_since_) incomplete_since_ = began_at_.empty() ? welcomed_at_ : began_at_;
    began_at_ = welcomed_at_;
    in_lobby_ = in_lobby;
    unread_.clear();
    knows_unread_ = false;
    phase_ = Phase::asking_unread;
    until_ = Deadline::Clock::now() + patience;
    overview_tag_ = state_.outgoing.ask(Asker::background, "/unread");
}

void CatchUp::joined(std::string_view room) {
    const bool is_covered = phase_ == Phase::asking_unread || phase_ == Phase::asking_rooms;
    if (state_.configuration.history == 0 || !state_.terminal.is_interactive() || is_covered) return;
    if (phase_ == Phase::idle) until_ = Deadline::Clock::now() + patience;
    phase_ = Phase::fetching;
    fetch({.place = {std::string(room), true}, .limit = state_.configuration.history});
}

bool CatchUp::takes(const ServerLine& line) {
    if (phase_ == Phase::idle) return false;
    const std::string_view tag = line.value("tag");
    if (!tag.empty() && tag == overview_tag_) return takes_overview(line);
    const auto page =
        std::find_if(pages_.begin(), pages_.end(), [tag](const Page& one) { return !tag.empty() && one.tag == tag; });
    if (page != pages_.end()) return takes_page(*page, line);
    if (line.kind != "message" || !is_pending(line)) return false;
    held_.push_back(line);
    return true;
}

// The rows of the history may come after it.
bool CatchUp::is_pending(const ServerLine& message) const {
    const auto place = place_of(message, state_.viewer.id);
    if (!place || message.value("kept") == "yes") return false;
    if (phase_ != Phase::fetching) return place->is_room;
    return std::any_of(pages_.begin(), pages_.end(),
                       [&place](const Page& page) { return page.place.key() == place->key(); });
}

bool CatchUp::takes_overview(const ServerLine& line) {
    if (line.kind == "unread") unread_.push_back(line);
    if (line.kind != "end" && line.kind != "error") return true;
    const bool was_unread = phase_ == Phase::asking_unread;
    if (was_unread && line.kind == "end") {
        knows_unread_ = true;
        marks_.enable();
    }
    if (was_unread && line.kind == "error" && line.value("code") != "unknown-command") marks_.enable();
    if (was_unread && line.kind == "error" && state_.configuration.history > 0) {
        // A server without marks: the rooms that we are in are known after this.
        phase_ = Phase::asking_rooms;
        overview_tag_ = state_.outgoing.ask(Asker::background, "/rooms");
        return true;
    }
    overview_tag_.clear();
    phase_ = Phase::fetching;
    plan();
    finish_if_complete();
    return true;
}

void CatchUp::plan() {
    if (state_.configuration.history == 0) return;
    std::vector<Place> rooms;
    for (const std::string& room : state_.directory.own_rooms())
        if (!equal_ignoring_case(room, "lobby")) rooms.push_back({room, true});
    if (in_lobby_) rooms.push_back({"lobby", true});
    if (returns_) fetch_what_was_missed(rooms);
    if (!returns_ || !was_complete_once_) fetch_newest(rooms);
}

void CatchUp::fetch_what_was_missed(const std::vector<Place>& rooms) {
    const std::uint64_t last = incomplete_from_.value_or(0);
    const std::string selector =
        last > 0 ? " after=" + std::to_string(last) : " since=" + incomplete_since_.value_or(began_at_);
    std::vector<Place> places = rooms;
    for (const Place& place : marks_.conversations())
        if (!is_in(unread_, place)) places.push_back(place);
    for (const ServerLine& row : unread_) {
        const Place place = parse_place(row.value("place"));
        const bool is_listed =
            std::any_of(places.begin(), places.end(), [&](const Place& other) { return other.key() == place.key(); });
        if (!is_listed && number_in(row, "last") > last) places.push_back(place);
    }
    for (const Place& place : places)
        fetch({.place = place, .selector = selector, .limit = page_size, .pages_on = true, .left = most_pages});
}

void CatchUp::fetch_newest(const std::vector<Place>& rooms) {
    const std::size_t most = state_.configuration.history;
    for (const ServerLine& row : unread_) {
        const std::uint64_t count = number_in(row, "count");
        if (count == 0) continue;
        fetch({.place = parse_place(row.value("place")),
               .limit = static_cast<std::size_t>(std::min<std::uint64_t>(count, most)),
               .from = number_in(row, "first"),
               .of_all = returns_ ? 0 : count});
    }
    // One message of the lobby tells how far the history reaches now.
    if (knows_unread_ && in_lobby_ && !is_in(unread_, {"lobby", true}))
        fetch({.place = {"lobby", true}, .limit = 1, .from = UINT64_MAX});
    if (knows_unread_) return;
    for (const Place& room : rooms) fetch({.place = room, .limit = most});
}

void CatchUp::fetch(Page page) {
    pages_.push_back(std::move(page));
    ask(pages_.back());
}

void CatchUp::ask(Page& page) {
    page.tag = state_.outgoing.ask(
        Asker::background, "/history " + page.place.written() + " " + std::to_string(page.limit) + page.selector);
}

bool CatchUp::takes_page(Page& page, const ServerLine& line) {
    if (line.kind == "history") {
        const std::uint64_t id = number_in(line, "id");
        if (id >= page.from) found_.push_back({id, page.place, line});
        return true;
    }
    const bool is_for_later = line.value("code") == "too-fast" || line.value("code") == "busy";
    if (line.kind == "error" && is_for_later && ++page.attempts < most_attempts) {
        page.tag.clear();
        again_at_ = Deadline::Clock::now() + pause_between_pages;
        until_ = std::max(until_, *again_at_ + patience);
        return true;
    }
    if (line.kind != "end" && line.kind != "error") return true;
    if (line.kind == "end") {
        if (returns_ && number_in(line, "upto") < incomplete_from_.value_or(0)) marks_.log_restarted();
        marks_.live(number_in(line, "upto"));
        of_all_ += page.of_all;
        const std::uint64_t last = number_in(line, "last");
        if (page.pages_on && line.value("more") == "yes" && last > 0 && --page.left > 0) {
            page.selector = " after=" + std::to_string(last);
            page.attempts = 0;
            until_ = Deadline::Clock::now() + patience;
            ask(page);
            return true;
        }
        if (page.pages_on && line.value("more") == "yes")
            state_.terminal.show("There is more in " + page.place.name + " than is shown here.", {Style::news});
    }
    finish(page);
    return true;
}

void CatchUp::finish(Page& page) {
    pages_.erase(pages_.begin() + (&page - pages_.data()));
    finish_if_complete();
}

void CatchUp::finish_if_complete() {
    if (phase_ != Phase::fetching || !pages_.empty()) return;
    was_complete_once_ = true;
    incomplete_from_.reset();
    incomplete_since_.reset();
    show_found();
}

void CatchUp::show_found() {
    phase_ = Phase::idle;
    again_at_.reset();
    std::vector<PastMessage> found = std::exchange(found_, {});
    const std::uint64_t of_all = std::exchange(of_all_, 0);
    std::sort(found.begin(), found.end(), [](const auto& left, const auto& right) { return left.id < right.id; });
    std::erase_if(found, [this](const PastMessage& message) { return !marks_.add_page(message); });
    if (found.empty()) return;
    state_.terminal.show(heading(found, of_all), {Style::news});
    bool is_for_us = false;
    for (const PastMessage& message : found) {
        const bool is_own = equal_ignoring_case(message.line.value("name"), state_.viewer.name);
        const bool was_shown = show_past(state_, host_, message);
        is_for_us |= was_shown && !is_own && (!message.place.is_room || is_for(message.line, state_.viewer));
    }
    if (is_for_us && state_.configuration.notice != Notice::none) state_.terminal.ring();
}

std::vector<ServerLine> CatchUp::take_held() {
    return phase_ == Phase::idle ? std::exchange(held_, {}) : std::vector<ServerLine>{};
}

int CatchUp::poll_timeout() const {
    if (phase_ == Phase::idle) return -1;
    const int left = milliseconds_until(until_);
    return again_at_ ? std::min(left, milliseconds_until(*again_at_)) : left;
}

void CatchUp::work() {
    if (phase_ == Phase::idle) return;
    const auto now = Deadline::Clock::now();
    if (again_at_ && now >= *again_at_) {
        again_at_.reset();
        for (Page& page : pages_)
            if (page.tag.empty()) ask(page);
    }
    if (now >= until_) give_up();
}

// Shows what there is.
void CatchUp::give_up() {
    overview_tag_.clear();
    pages_.clear();
    show_found();
}

void CatchUp::disconnected() {
    if (phase_ != Phase::idle) give_up();
}

}  // namespace chat
