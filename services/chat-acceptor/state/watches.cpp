// Rows of watched names, and who is to be told.
#include "chat-acceptor/state/watches.h"

#include "shared/records/session.h"
#include "shared/records/watch.h"
#include "shared/system/crash_point.h"

#include <algorithm>
#include <atomic>

namespace chat {

Watches::Watches(const Segment& segment) : segment_(&segment) {
    const auto count = static_cast<Index>(segment.watches().size());
    for (Index index = count; index-- > 0;) {
        const WatchRow& found = row(index);
        if (found.sequence != 0 && is_client_here(segment, {found.slot, found.generation}))
            put_into_maps(index);
        else
            free_.push_back(index);
    }
    // Those who were there come first: of a client that has just taken another name, the old one goes before the new
    // one comes, as if nothing had happened.
    for (const bool was_here : {true, false})
        for (const auto& [name, indexes] : of_name_)
            if ((row(indexes.front()).is_here != 0) == was_here)
                changed_.emplace_back(row(indexes.front()).name.view());
}

void Watches::put_into_maps(Index index) {
    of_slot_[row(index).slot].push_back(index);
    of_name_[fold_case(row(index).name.view())].push_back(index);
}

void Watches::apply(const Record& record) {
    if (record.kind == RecordKind::watched) return change(record);
    if (record.kind == RecordKind::presence) return tell(record);
    if (of_name_.empty()) return;
    switch (records::session_kind(record)) {
        case records::SessionKind::online:
            return note_change(record.name);
        case records::SessionKind::renamed:
            note_change(records::Renamed::of(record).old_name);
            return note_change(record.name);
        case records::SessionKind::logged_in:
            note_change(records::LoggedIn::of(record).old_name);
            return note_change(record.name);
        case records::SessionKind::departed:
            remove_all(record.sender);
            return note_change(record.name);
        case records::SessionKind::connected:
        case records::SessionKind::closed:
        case records::SessionKind::quieted:
        case records::SessionKind::kept_page:
        case records::SessionKind::seen:
        case records::SessionKind::introduced:
            return;
    }
}

void Watches::note_change(std::string_view name) {
    if (of_name_.contains(std::string_view(FoldedName(name)))) changed_.emplace_back(name);
}

std::optional<Watches::News> Watches::find_news(const Sessions& sessions) {
    for (; !changed_.empty(); changed_.pop_front()) {
        const auto watched = of_name_.find(std::string_view(FoldedName(changed_.front())));
        if (watched == of_name_.end()) continue;
        const auto client = sessions.find_name(changed_.front());
        const bool is_here = client && sessions.row(client->slot).announced != 0;
        News news{changed_.front(), is_here ? client : std::nullopt, {}};
        for (const Index index : watched->second)
            if ((row(index).is_here != 0) != is_here)
                news.receivers.push_back({row(index).slot, row(index).generation});
        if (news.receivers.empty()) continue;
        if (is_here) news.name = sessions.row(client->slot).name_view();
        std::sort(news.receivers.begin(), news.receivers.end(), [](SlotId a, SlotId b) { return a.slot < b.slot; });
        return news;
    }
    return std::nullopt;
}

void Watches::tell(const Record& record) {
    const auto presence = records::Presence::of(record);
    for (const SlotId receiver : presence.receivers)
        if (const auto index = find(receiver, presence.name))
            std::atomic_ref(segment_->watches()[*index].is_here)
                .store(presence.is_here ? 1 : 0, std::memory_order_release);
    CHAT_CRASH_POINT("watches: watchers told");
}

void Watches::change(const Record& record) {
    std::string_view rows = records::Watched::of(record).rows;
    std::uint8_t order = 0;
    while (const auto change = take_watch_change(rows)) {
        switch (change->form) {
            case WatchChange::Form::gone:
            case WatchChange::Form::here:
                add(record, change->name, change->form == WatchChange::Form::here, order++);
                break;
            case WatchChange::Form::removed:
                if (const auto index = find(record.sender, change->name)) remove(*index);
                break;
            case WatchChange::Form::cleared:
                remove_all(record.sender);
                break;
        }
    }
}

// The number is stored last: until then the row is unused.
void Watches::add(const Record& record, std::string_view name, bool is_here, std::uint8_t order) {
    if (free_.empty() || !is_client_here(*segment_, record.sender) || find(record.sender, name)) return;
    const Index index = free_.back();
    free_.pop_back();
    WatchRow& place = segment_->watches()[index];
    std::atomic_ref(place.sequence).store(0, std::memory_order_relaxed);
    std::atomic_signal_fence(std::memory_order_seq_cst);
    place.slot = record.sender.slot;
    place.generation = record.sender.generation;
    place.name.set(name);
    place.is_here = is_here ? 1 : 0;
    place.order = order;
    CHAT_CRASH_POINT("watches: row written");
    std::atomic_signal_fence(std::memory_order_seq_cst);
    std::atomic_ref(place.sequence).store(record.sequence, std::memory_order_release);
    CHAT_CRASH_POINT("watches: row added");
    put_into_maps(index);
}

void Watches::remove(Index index) {
    const WatchRow& removed = row(index);
    std::erase(of_slot_[removed.slot], index);
    const auto named = of_name_.find(fold_case(removed.name.view()));
    if (named != of_name_.end()) {
        std::erase(named->second, index);
        if (named->second.empty()) of_name_.erase(named);
    }
    std::atomic_ref(segment_->watches()[index].sequence).store(0, std::memory_order_release);
    CHAT_CRASH_POINT("watches: row removed");
    free_.push_back(index);
}

void Watches::remove_all(SlotId client) {
    const auto found = of_slot_.find(client.slot);
    if (found == of_slot_.end()) return;
    for (const Index index : std::vector(found->second))
        if (row(index).generation == client.generation) remove(index);
    if (found->second.empty()) of_slot_.erase(found);
}

std::optional<Watches::Index> Watches::find(SlotId client, std::string_view name) const noexcept {
    const auto found = of_slot_.find(client.slot);
    if (found == of_slot_.end()) return std::nullopt;
    for (const Index index : found->second)
        if (row(index).generation == client.generation && equal_ignoring_case(row(index).name.view(), name))
            return index;
    return std::nullopt;
}

std::vector<const WatchRow*> Watches::of(SlotId client) const {
    std::vector<const WatchRow*> rows;
    if (const auto found = of_slot_.find(client.slot); found != of_slot_.end())
        for (const Index index : found->second)
            if (row(index).generation == client.generation) rows.push_back(&row(index));
    std::sort(rows.begin(), rows.end(), [](const WatchRow* a, const WatchRow* b) {
        return a->sequence != b->sequence ? a->sequence < b->sequence : a->order < b->order;
    });
    return rows;
}

std::size_t Watches::count(SlotId client) const noexcept {
    const auto found = of_slot_.find(client.slot);
    return found == of_slot_.end() ? 0 : found->second.size();
}

bool Watches::is_watching(SlotId client, std::string_view name) const noexcept {
    return find(client, name).has_value();
}

std::vector<SlotId> Watches::watchers_of(std::string_view name) const {
    std::vector<SlotId> watchers;
    if (const auto found = of_name_.find(std::string_view(FoldedName(name))); found != of_name_.end())
        for (const Index index : found->second) watchers.push_back({row(index).slot, row(index).generation});
    return watchers;
}

}  // namespace chat
