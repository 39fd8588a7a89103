// Which messages were shown, and marked as read: see read_marks.h.
#include "client/talk/read_marks.h"

#include <algorithm>
#include <chrono>

namespace chat {

namespace {

constexpr std::size_t most_ids = 50'000;
// After a key was pressed, what is shown is read for this long.
constexpr std::chrono::seconds attention_span{60};
// Marks of many messages are sent as one.
constexpr std::chrono::milliseconds gap{500};

}  // namespace

void ReadMarks::add(std::uint64_t id, const std::optional<Place>& place) {
    ids_.insert(id);
    if (ids_.size() > most_ids) ids_.erase(ids_.begin());
    if (!place || place->name.empty()) return;
    Mark& mark = marks_.try_emplace(place->key(), Mark{.place = *place}).first->second;
    mark.shown = std::max(mark.shown, id);
    if (Deadline::Clock::now() < present_until_) make_due();
}

bool ReadMarks::add_live(std::uint64_t id, const std::optional<Place>& place) {
    if (id == 0) return true;
    if (past_ids_.contains(id)) return false;
    add(id, place);
    return true;
}

bool ReadMarks::add_past(const PastMessage& message) {
    if (message.id == 0) return true;
    if (ids_.contains(message.id)) return false;
    past_ids_.insert(message.id);
    if (past_ids_.size() > most_ids) past_ids_.erase(past_ids_.begin());
    add(message.id, message.place);
    return true;
}

bool ReadMarks::add_page(const PastMessage& message) {
    const auto oldest = oldest_.try_emplace(message.place.key(), message.id).first;
    oldest->second = std::min(oldest->second, message.id);
    return add_past(message);
}

void ReadMarks::log_restarted() {
    ids_.clear();
    marks_.clear();
    oldest_.clear();
    newest_live_ = 0;
}

std::optional<std::uint64_t> ReadMarks::oldest_past(std::string_view written) const {
    Place place = parse_place(written);
    auto found = oldest_.find(place.key());
    // A bare word may be a room as well.
    place.is_room = true;
    if (found == oldest_.end()) found = oldest_.find(place.key());
    return found == oldest_.end() ? std::nullopt : std::optional(found->second);
}

std::vector<Place> ReadMarks::conversations() const {
    std::vector<Place> places;
    for (const auto& [key, mark] : marks_)
        if (!mark.place.is_room) places.push_back(mark.place);
    return places;
}

void ReadMarks::disconnected() {
    due_.reset();
    past_ids_.clear();
    for (auto& [key, mark] : marks_) mark.sent = 0;
}

void ReadMarks::disable() noexcept {
    is_enabled_ = false;
    due_.reset();
}

void ReadMarks::seen_elsewhere(const ServerLine& seen) {
    const Place place = parse_place(seen.value("place"));
    const std::uint64_t id = number_in(seen, "id");
    Mark& mark = marks_.try_emplace(place.key(), Mark{.place = place}).first->second;
    mark.sent = std::max(mark.sent, id);
    if (place.is_room && id >= mark.shown) state_.unread.forget({Target::Kind::room, place.name, {}});
}

void ReadMarks::mark_present() {
    present_until_ = Deadline::Clock::now() + attention_span;
    make_due();
}

void ReadMarks::make_due() {
    const bool has_news = std::any_of(marks_.begin(), marks_.end(),
                                      [](const auto& mark) { return mark.second.shown > mark.second.sent; });
    if (is_enabled_ && !due_ && has_news && state_.outgoing.is_connected()) due_ = Deadline::Clock::now() + gap;
}

int ReadMarks::poll_timeout() const {
    return due_ ? milliseconds_until(*due_) : -1;
}

void ReadMarks::work(bool at_once) {
    if (!due_ || (!at_once && Deadline::Clock::now() < *due_)) return;
    due_.reset();
    for (auto& [key, mark] : marks_) {
        if (mark.shown <= mark.sent) continue;
        mark.sent = mark.shown;
        (void)state_.outgoing.ask(Asker::background,
                                  "/seen " + mark.place.written() + " " + std::to_string(mark.shown));
    }
}

}  // namespace chat
