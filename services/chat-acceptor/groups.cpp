// Group rows and what is derived from them.
#include "chat-acceptor/groups.h"

#include <algorithm>
#include <random>

namespace chat {
namespace {

bool is_member(const Person& person) noexcept {
    return person.standing == Standing::member;
}

auto find_person(std::vector<Person>& people, SlotId client) {
    return std::find_if(people.begin(), people.end(), [client](const Person& p) { return p.client == client; });
}

void erase_person(std::vector<Person>& people, SlotId client) {
    std::erase_if(people, [client](const Person& p) { return p.client == client; });
}

// The last of the members, wherever it stood before.
void make_member(std::vector<Person>& people, SlotId client) {
    erase_person(people, client);
    people.insert(std::find_if_not(people.begin(), people.end(), is_member), {client, Standing::member});
}

bool is_about_group(RecordKind kind) noexcept {
    return kind >= RecordKind::group_made && kind <= RecordKind::group_admin;
}

}  // namespace

Groups::Groups(const Segment& segment) : segment_(&segment), entries_(segment.sizes().groups) {
    for (Group group = 0; group < entries_.size(); ++group) {
        auto row = read_group_row(segment.group(group));
        if (!row) throw DamagedSegment("the groups in shared memory are damaged");
        std::erase_if(row->people, [this](const Person& p) { return !is_connected(p.client); });
        for (auto person = row->people.begin(); person != row->people.end(); ++person)
            if (std::any_of(row->people.begin(), person, [&](const Person& p) { return p.client == person->client; }))
                throw DamagedSegment("a client is twice in a group in shared memory");
        if (!std::is_partitioned(row->people.begin(), row->people.end(), is_member))
            throw DamagedSegment("the people of a group in shared memory are out of order");
        if (!row->people.empty() && is_member(row->people.front()) &&
            (row->id == 0 || !by_id_.try_emplace(row->id, group).second))
            throw DamagedSegment("two groups in shared memory have one number");
        take_in(group, *row);
    }
}

bool Groups::is_connected(SlotId client) const noexcept {
    if (client.slot >= segment_->slots().size()) return false;
    const ClientRow& row = valid_row(segment_->slots()[client.slot]);
    return row.state == SlotState::connected && row.generation == client.generation;
}

bool Groups::is_live(Group group) const noexcept {
    return !entries_[group].people.empty() && is_member(entries_[group].people.front());
}

// What a row says now, as far as it counts.
void Groups::take_in(Group group, const GroupRow& row) {
    GroupRow& entry = entries_[group];
    const std::uint32_t before = entry.id;
    entry = row;
    note_admin(group);
    if (is_live(group)) {
        by_id_[entry.id] = group;
        return;
    }
    if (const auto found = by_id_.find(before); found != by_id_.end() && found->second == group) by_id_.erase(found);
    entry.people.clear();
}

void Groups::note_admin(Group group) {
    std::erase(untold_, group);
    if (is_live(group) && admin(group) != entries_[group].told_admin) untold_.push_back(group);
}

std::optional<Group> Groups::find_untold() const noexcept {
    return untold_.empty() ? std::nullopt : std::optional(untold_.front());
}

void Groups::apply(const Record& record) {
    if (record.session == 0 || record.sender.slot >= segment_->slots().size()) return;
    if (record.kind == RecordKind::departed) let_out(record.sender);
    if (!is_about_group(record.kind)) return;
    const bool has_subject = record.kind == RecordKind::group_approved || record.kind == RecordKind::group_rejected;
    if (has_subject && record.receivers.empty()) return;
    const SlotId client = has_subject ? record.receivers.front() : record.sender;
    switch (record.kind) {
        case RecordKind::group_made:
            make(record);
            break;
        case RecordKind::group_joined:
        case RecordKind::group_approved:
            change(record, [client](GroupRow& row) { make_member(row.people, client); });
            break;
        case RecordKind::group_asked:
            change(record, [client](GroupRow& row) {
                if (find_person(row.people, client) == row.people.end())
                    row.people.push_back({client, Standing::asking});
            });
            break;
        case RecordKind::group_declined:
        case RecordKind::group_rejected:
        case RecordKind::group_left:
            change(record, [client](GroupRow& row) { erase_person(row.people, client); });
            break;
        case RecordKind::group_admin:
            change(record, [client](GroupRow& row) { row.told_admin = client; });
            break;
        default:
            break;
    }
}

void Groups::make(const Record& record) {
    const auto id = static_cast<std::uint32_t>(record.value);
    if (by_id_.contains(id) || !is_connected(record.sender)) return;
    for (Group group = 0; group < entries_.size(); ++group) {
        if (is_live(group)) continue;
        GroupRow row{record.sequence, id, record.sender, {{record.sender, Standing::member}}};
        for (const SlotId client : record.receivers)
            row.people.push_back({client, static_cast<Standing>(record.scope)});
        if (row.people.size() > most_members() + pending_per_group) return;
        replace_group_row(segment_->group(group), row);
        take_in(group, row);
        return;
    }
}

template <typename Change>
void Groups::change(const Record& record, Change change) {
    const auto group = find(static_cast<std::uint32_t>(record.value));
    if (!group || entries_[*group].changed_by >= record.sequence) return;
    GroupRow row = entries_[*group];
    change(row);
    row.changed_by = record.sequence;
    if (row.people.size() > most_members() + pending_per_group) return;
    replace_group_row(segment_->group(*group), row);
    take_in(*group, row);
}

// The rows stay as they are: who is not connected does not count there.
void Groups::let_out(SlotId client) {
    if (!is_connected(client)) return;
    for (Group group = 0; group < entries_.size(); ++group) {
        GroupRow& entry = entries_[group];
        if (find_person(entry.people, client) == entry.people.end()) continue;
        GroupRow row = entry;
        erase_person(row.people, client);
        take_in(group, row);
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
    auto groups = all();
    std::erase_if(groups, [&](Group group) { return standing(group, client) != Standing::member; });
    return groups;
}

std::uint32_t Groups::choose_id() const {
    static std::random_device device;
    constexpr std::uint32_t count = highest_group_id - lowest_group_id + 1;
    const std::uint32_t first = std::uniform_int_distribution<std::uint32_t>(0, count - 1)(device);
    for (std::uint32_t i = 0; i < count; ++i)
        if (const std::uint32_t id = lowest_group_id + (first + i) % count; !by_id_.contains(id)) return id;
    return lowest_group_id;
}

}  // namespace chat
