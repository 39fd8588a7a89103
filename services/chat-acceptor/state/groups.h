// Groups: who is a member, who is invited and who asks to join. The rows are in shared memory and follow from the
// records alone (apply); what is on the heap is derived from them and rebuilt at start.
//
// A group's admin is its longest-standing member. Invitations and requests survive a change of admin: they belong to
// the group, and the new admin decides. They end with their client or their group.
#pragma once

#include "shared/memory/group_table.h"
#include "shared/memory/segment.h"
#include "shared/records/record.h"

#include <cstdint>
#include <functional>
#include <optional>
#include <set>
#include <unordered_map>
#include <vector>

namespace chat {

using Group = std::uint32_t;  // index of its row

struct HashOfSlotId {
    std::size_t operator()(SlotId client) const noexcept {
        return std::hash<std::uint64_t>()(std::uint64_t{client.generation} << 32U | client.slot);
    }
};

class Groups {
  public:
    // Throws DamagedSegment if the rows are inconsistent.
    explicit Groups(const Segment& segment);

    // Applies a committed record, before the rows of clients show it; idempotent.
    void apply(const Record& record);

    [[nodiscard]] std::optional<Group> find(std::uint32_t id) const;
    [[nodiscard]] std::uint32_t id(Group group) const noexcept { return entries_[group].id; }
    [[nodiscard]] SlotId admin(Group group) const noexcept { return entries_[group].people[0].client; }
    [[nodiscard]] Standing standing(Group group, SlotId client) const noexcept;
    // Longest-standing first: the first is the admin.
    [[nodiscard]] std::vector<SlotId> members(Group group) const { return people(group, Standing::member); }
    // The members, or those who are invited, or those who ask to join, in order of arrival.
    [[nodiscard]] std::vector<SlotId> people(Group group, Standing standing) const;
    [[nodiscard]] std::size_t member_count(Group group) const noexcept;
    // By number.
    [[nodiscard]] std::vector<Group> all() const;
    [[nodiscard]] std::vector<Group> groups_of(SlotId client) const;
    // Groups that the client is in because it made, joined or asked for them: not those that others put it into.
    [[nodiscard]] std::size_t count_of(SlotId client) const noexcept;
    // Groups that exist and that the client has made, whether or not it is still in them.
    [[nodiscard]] std::size_t made_count(SlotId client) const noexcept;
    // Groups that the client has asked to join and that have not answered.
    [[nodiscard]] std::size_t request_count(SlotId client) const noexcept;

    // A number that no group has; and the limits of shared memory.
    [[nodiscard]] std::uint32_t choose_id() const;
    [[nodiscard]] bool has_place_for_another() const noexcept { return by_id_.size() < entries_.size(); }
    [[nodiscard]] bool has_place_for_request(Group group) const noexcept;
    [[nodiscard]] std::size_t max_members() const noexcept { return segment_->sizes().members; }

    // A group whose members have not been notified yet who its admin is now.
    [[nodiscard]] std::optional<Group> find_with_new_admin() const noexcept;

  private:
    [[nodiscard]] bool is_live(Group group) const noexcept;
    void make(const Record& record);
    template <typename Change>
    void change(const Record& record, Change change);
    void update_entry(Group group, const GroupRow& row);
    void remove_client(SlotId client);
    void check_admin(Group group);
    void update_places(Group group, const std::vector<Person>& before);
    void count_maker(Group group, const GroupRow& before);
    void add_place(Group group, const Person& person);
    void remove_place(Group group, const Person& person);

    // The standings of one client in all groups.
    struct Place {
        std::vector<Group> groups;    // where it has any standing
        std::size_t memberships = 0;  // of its own accord
        std::size_t requests = 0;
    };

    const Segment* segment_;
    std::vector<GroupRow> entries_;  // connected people only; members come before the others
    std::unordered_map<std::uint32_t, Group> by_id_;
    std::unordered_map<SlotId, Place, HashOfSlotId> places_;      // of clients that have a standing somewhere
    std::unordered_map<SlotId, std::size_t, HashOfSlotId> made_;  // by makers of groups that exist
    std::set<Group> free_;                                        // rows without a group
    std::set<Group> with_new_admin_;
};

}  // namespace chat
