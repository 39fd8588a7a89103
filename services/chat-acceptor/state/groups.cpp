// Group rows and what is derived from them.
#include "chat-acceptor/state/groups.h"

#include "chat-acceptor/state/random_number.h"
#include "chat-acceptor/state/sessions.h"
#include "shared/records/group.h"

#include <algorithm>
#include <iterator>
#include <utility>

namespace chat {
namespace {

bool is_member(const Person& person) noexcept {
    return person.standing == Standing::member;
}

bool counts_as_own(const Person& person) noexcept {
    return is_member(person) && !person.was_put;
}

auto find_person(std::vector<Person>& people, SlotId client) {
    return std::find_if(people.begin(), people.end(), [client](const Person& p) { return p.client == client; });
}

void erase_person(std::vector<Person>& people, SlotId client) {
    std::erase_if(people, [client](const Person& p) { return p.client == client; });
}

// Appends the client to the members, whatever its standing was before.
void make_member(std::vector<Person>& people, SlotId client) {
    erase_person(people, client);
    people.insert(std::find_if_not(people.begin(), people.end(), is_member), {client, Standing::member});
}

using records::GroupKind;

}  // namespace

Groups::Groups(const Segment& segment) : segment_(&segment), entries_(segment.sizes().groups) {
    for (Group group = 0; group < entries_.size(); ++group) {
        auto row = read_group_row(segment.group(group));
        if (!row) throw DamagedSegment("the groups in shared memory are damaged");
        std::erase_if(row->people, [this](const Person& p) { return !is_client_here(*segment_, p.client); });
        for (auto person = row->people.begin(); person != row->people.end(); ++person)
            if (std::any_of(row->people.begin(), person, [&](const Person& p) { return p.client == person->client; }))
                throw DamagedSegment("a client is twice in a group in shared memory");
        if (!std::is_partitioned(row->people.begin(), row->people.end(), is_member))
            throw DamagedSegment("the people of a group in shared memory are out of order");
        if (!row->people.empty() && is_member(row->people.front()) &&
            (row->id == 0 || !by_id_.try_emplace(row->id, group).second))
            throw DamagedSegment("two groups in shared memory have one number");
        update_entry(group, *row);
    }
}

bool Groups::is_live(Group group) const noexcept {
    return !entries_[group].people.empty() && is_member(entries_[group].people.front());
}

// Takes in the current row, reduced to the people who count.
void Groups::update_entry(Group group, const GroupRow& row) {
    GroupRow& entry = entries_[group];
    const GroupRow before = std::exchange(entry, row);
    check_admin(group);
    if (is_live(group)) {
        by_id_[entry.id] = group;
        free_.erase(group);
    } else {
        if (const auto found = by_id_.find(before.id); found != by_id_.end() && found->second == group)
            by_id_.erase(found);
        entry.people.clear();
        free_.insert(group);
    }
    update_places(group, before.people);
    count_maker(group, before);
}

void Groups::count_maker(Group group, const GroupRow& before) {
    const auto maker_of = [](const GroupRow& row) { return row.people.empty() ? SlotId{} : row.maker; };
    const SlotId was = maker_of(before);
    const SlotId is = maker_of(entries_[group]);
    if (was == is) return;
    if (is.generation != 0) ++made_[is];
    if (const auto found = made_.find(was); found != made_.end() && --found->second == 0) made_.erase(found);
}

void Groups::check_admin(Group group) {
    if (is_live(group) && admin(group) != entries_[group].told_admin)
        with_new_admin_.insert(group);
    else
        with_new_admin_.erase(group);
}

std::optional<Group> Groups::find_with_new_admin() const noexcept {
    return with_new_admin_.empty() ? std::nullopt : std::optional(*with_new_admin_.begin());
}

// A change concerns one or two people: those before and after them in the list are skipped.
void Groups::update_places(Group group, const std::vector<Person>& before) {
    const std::vector<Person>& now = entries_[group].people;
    const auto [from, to] = std::mismatch(before.begin(), before.end(), now.begin(), now.end());
    const auto [last, last_now] =
        std::mismatch(before.rbegin(), std::reverse_iterator(from), now.rbegin(), std::reverse_iterator(to));
    std::for_each(from, last.base(), [&](const Person& person) { remove_place(group, person); });
    std::for_each(to, last_now.base(), [&](const Person& person) { add_place(group, person); });
}

void Groups::add_place(Group group, const Person& person) {
    Place& place = places_[person.client];
    place.groups.push_back(group);
    if (counts_as_own(person)) ++place.memberships;
    if (person.standing == Standing::asking) ++place.requests;
}

void Groups::remove_place(Group group, const Person& person) {
    const auto found = places_.find(person.client);
    if (found == places_.end()) return;
    auto& [groups, memberships, requests] = found->second;
    // From the end: remove_client removes them in that order.
    const auto at = std::find(groups.rbegin(), groups.rend(), group);
    if (at == groups.rend()) return;
    *at = groups.back();
    groups.pop_back();
    if (counts_as_own(person)) --memberships;
    if (person.standing == Standing::asking) --requests;
    if (groups.empty()) places_.erase(found);
}

void Groups::apply(const Record& record) {
    const SlotId sender = record.sender;
    if (record.session == 0 || sender.slot >= segment_->slots().size()) return;
    if (record.kind == RecordKind::departed) remove_client(sender);
    switch (records::group_kind(record)) {
        case GroupKind::made:
            make(record);
            return;
        case GroupKind::joined:
            change(record, [sender](GroupRow& row) { make_member(row.people, sender); });
            return;
        case GroupKind::asked:
            change(record, [sender](GroupRow& row) {
                if (find_person(row.people, sender) == row.people.end())
                    row.people.push_back({sender, Standing::asking});
            });
            return;
        case GroupKind::approved:
            if (const auto client = records::GroupApproved::of(record).client())
                change(record, [client](GroupRow& row) { make_member(row.people, *client); });
            return;
        case GroupKind::rejected:
            if (const auto client = records::GroupRejected::of(record).client())
                change(record, [client](GroupRow& row) { erase_person(row.people, *client); });
            return;
        case GroupKind::declined:
        case GroupKind::left:
            change(record, [sender](GroupRow& row) { erase_person(row.people, sender); });
            return;
        case GroupKind::admin:
            change(record, [sender](GroupRow& row) { row.told_admin = sender; });
            return;
        case GroupKind::groups:
            return;
    }
}

void Groups::make(const Record& record) {
    const auto made = records::GroupMade::of(record);
    if (by_id_.contains(made.group) || free_.empty() || !is_client_here(*segment_, record.sender)) return;
    const Group group = *free_.begin();
    GroupRow row{record.sequence, made.group, record.sender, {{record.sender, Standing::member}}, record.sender};
    for (const SlotId client : made.receivers)
        row.people.push_back({client, made.others, made.others == Standing::member});
    if (row.people.size() > max_members() + pending_per_group) return;
    replace_group_row(segment_->group(group), row);
    update_entry(group, row);
}

template <typename Change>
void Groups::change(const Record& record, Change change) {
    const auto group = find(records::group_of(record));
    if (!group || entries_[*group].changed_by >= record.sequence) return;
    GroupRow row = entries_[*group];
    change(row);
    row.changed_by = record.sequence;
    if (row.people.size() > max_members() + pending_per_group) return;
    replace_group_row(segment_->group(*group), row);
    update_entry(*group, row);
}

// The rows stay unchanged: clients that are not connected do not count there.
void Groups::remove_client(SlotId client) {
    const auto found = places_.find(client);
    if (found == places_.end() || !is_client_here(*segment_, client)) return;
    const std::vector<Group> groups = found->second.groups;
    for (auto group = groups.rbegin(); group != groups.rend(); ++group) {
        GroupRow row = entries_[*group];
        erase_person(row.people, client);
        update_entry(*group, row);
    }
}

std::optional<Group> Groups::find(std::uint32_t id) const {
    const auto found = by_id_.find(id);
    return found != by_id_.end() ? std::optional(found->second) : std::nullopt;
}

Standing Groups::standing(Group group, SlotId client) const noexcept {
    for (const Person& person : entries_[group].people)
        if (person.client == client) return person.standing;
    return Standing::none;
}

std::vector<SlotId> Groups::people(Group group, Standing standing) const {
    std::vector<SlotId> people;
    for (const Person& person : entries_[group].people)
        if (person.standing == standing) people.push_back(person.client);
    return people;
}

std::size_t Groups::member_count(Group group) const noexcept {
    const auto& people = entries_[group].people;
    return static_cast<std::size_t>(std::count_if(people.begin(), people.end(), is_member));
}

bool Groups::has_place_for_request(Group group) const noexcept {
    return entries_[group].people.size() - member_count(group) < pending_per_group;
}

std::vector<Group> Groups::all() const {
    std::vector<Group> groups;
    for (const auto& [id, group] : by_id_) groups.push_back(group);
    std::sort(groups.begin(), groups.end(), [this](Group a, Group b) { return id(a) < id(b); });
    return groups;
}

std::vector<Group> Groups::groups_of(SlotId client) const {
    const auto found = places_.find(client);
    if (found == places_.end()) return {};
    auto groups = found->second.groups;
    std::erase_if(groups, [&](Group group) { return standing(group, client) != Standing::member; });
    std::sort(groups.begin(), groups.end(), [this](Group a, Group b) { return id(a) < id(b); });
    return groups;
}

std::size_t Groups::count_of(SlotId client) const noexcept {
    const auto found = places_.find(client);
    return found != places_.end() ? found->second.memberships : 0;
}

std::size_t Groups::made_count(SlotId client) const noexcept {
    const auto found = made_.find(client);
    return found != made_.end() ? found->second : 0;
}

std::size_t Groups::request_count(SlotId client) const noexcept {
    const auto found = places_.find(client);
    return found != places_.end() ? found->second.requests : 0;
}

std::uint32_t Groups::choose_id() const {
    constexpr std::uint32_t count = highest_group_id - lowest_group_id + 1;
    const std::uint32_t first = random_below(count);
    for (std::uint32_t i = 0; i < count; ++i)
        if (const std::uint32_t id = lowest_group_id + (first + i) % count; !by_id_.contains(id)) return id;
    return lowest_group_id;
}

}  // namespace chat
