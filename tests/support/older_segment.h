// Writes the contents of a current segment as a segment of 0.1.0, for tests of the conversion: as if that version had
// served these clients.
#pragma once

#include "chat-acceptor/startup/layout_0_1.h"
#include "shared/memory/segment.h"

#include <cstring>
#include <stdexcept>
#include <string>
#include <vector>

namespace chat::test {

class WriterOf01 {
  public:
    // Makes the object `name`, with its leading slash, of the segment of `instance`.
    WriterOf01(const std::string& instance, const std::string& name)
        : from_(*SharedMemory::open(Segment::object_name(instance), segment_page, problem_)),
          present_(std::move(*Segment::open(instance, problem_))),
          sizes_(sizes_of(present_.sizes())),
          parts_(layout_0_1::parts_of(sizes_, total_)),
          to_(SharedMemory::create(name, total_)) {
        if (!to_.reserve(0, find_part(parts_, "inboxes")->offset)) throw std::runtime_error("no room");
        new (at("doorbell", 0)) Doorbell;
        reinterpret_cast<Doorbell*>(at("doorbell", 0))->make();
        std::memcpy(at("words", 0), &present_.words(), find_part(parts_, "words")->row_size);
        write_slots();
        for (std::size_t i = 0; i < departed_rows; ++i)
            std::memcpy(at("departed", i), &present_.departed()[i], offsetof(DepartedRow, account_hint));
        write_transfers<layout_0_1::FileSlot>("files", present_.files());
        write_transfers<layout_0_1::TicketSlot>("tickets", present_.tickets());
        std::memcpy(at("ids", 0), present_.id_last_used().data(), present_.id_last_used().size_bytes());
        for (std::size_t i = 0; i < present_.rooms().size(); ++i)
            std::memcpy(at("rooms", i), &present_.rooms()[i], offsetof(RoomRow, unused));
        std::memcpy(at("memberships", 0), present_.memberships(0).data(),
                    present_.slots().size() * present_.memberships(0).size_bytes());
        for (std::uint32_t i = 0; i < sizes_.groups; ++i) write_group(i);
        std::memcpy(at("queue", 0), present_.queue_ring().data(), present_.queue_ring().size());
        for (std::uint32_t slot = 0; slot < sizes_.slots; ++slot) {
            write_extents(at("inboxes", slot), present_.inbox(slot));
            write_extents(at("outboxes", slot), present_.outbox(slot));
        }
        write_header();
    }

    [[nodiscard]] std::span<std::byte> bytes() const { return to_.bytes(); }

  private:
    static layout_0_1::Sizes sizes_of(const SegmentSizes& sizes) {
        return {sizes.slots, sizes.max_line,    sizes.inbox,  sizes.outbox,  sizes.queue,
                sizes.rooms, sizes.memberships, sizes.groups, sizes.members, sizes.transfers};
    }

    std::byte* at(std::string_view part, std::size_t row) {
        const PartEntry& entry = *find_part(parts_, part);
        return to_.bytes().data() + entry.offset + row * entry.row_size;
    }

    void write_slots() {
        for (std::uint32_t number = 0; number < sizes_.slots; ++number) {
            const Slot& slot = present_.slots()[number];
            layout_0_1::Slot old{};
            for (int i = 0; i < 2; ++i) {
                std::memcpy(old.row[i], &slot.row[i], offsetof(ClientRow, dialect));
                old.outbox[i] = {slot.outbox[i].tail, slot.outbox[i].base, slot.outbox[i].generation};
            }
            old.row_index = slot.row_index;
            old.parsed = slot.parsed;
            old.inbox_base = slot.inbox_base;
            old.outbox_commit = slot.outbox_commit;
            old.written = slot.written;
            old.gave_up_at = slot.gave_up_at;
            old.gave_up_why = slot.gave_up_why;
            old.ended = slot.ended;
            std::memcpy(at("slots", number), &old, sizeof old);
        }
    }

    template <typename Old, typename New>
    void write_transfers(std::string_view part, std::span<New> slots) {
        using Row = std::remove_extent_t<decltype(New::row)>;
        for (std::size_t i = 0; i < slots.size(); ++i) {
            Old old{};
            for (int copy = 0; copy < 2; ++copy) std::memcpy(old.row[copy], &slots[i].row[copy], offsetof(Row, unused));
            old.row_index = slots[i].row_index;
            old.outcome = slots[i].words.outcome;
            old.connection = slots[i].words.connection;
            old.broke_at = slots[i].words.broke_at;
            std::memcpy(at(part, i), &old, sizeof old);
        }
    }

    // Both copies are the same; only one of them counts.
    void write_group(std::uint32_t number) {
        const auto row = read_group_row(present_.group(number));
        if (!row) throw std::runtime_error("a group is damaged");
        const PartEntry& entry = *find_part(parts_, "groups");
        const std::size_t copy_size = (entry.row_size - sizeof(std::uint64_t)) / 2;
        std::byte* place = at("groups", number);
        std::memcpy(place, present_.group(number).data(), sizeof(std::uint64_t));
        for (std::size_t copy = 0; copy < 2; ++copy) {
            std::byte* to = place + sizeof(std::uint64_t) + copy * copy_size;
            const layout_0_1::GroupHead head{row->changed_by, row->id, static_cast<std::uint32_t>(row->people.size()),
                                             row->told_admin};
            std::memcpy(to, &head, sizeof head);
            to += sizeof head;
            for (const Person& person : row->people) {
                const GroupEntry entry_of{person.client, static_cast<std::uint32_t>(person.standing)};
                std::memcpy(to, &entry_of, sizeof entry_of);
                to += sizeof entry_of;
            }
        }
    }

    void write_extents(std::byte* row, std::span<const std::byte> present) {
        const auto begin = static_cast<std::size_t>(present.data() - present_start());
        const std::size_t end = begin + present.size();
        for (auto extent = from_.next_extent(begin, end); extent;
             extent = from_.next_extent(extent->offset + extent->length, end)) {
            std::byte* target = row + (extent->offset - begin);
            if (!to_.reserve(static_cast<std::size_t>(target - to_.bytes().data()), extent->length))
                throw std::runtime_error("no room");
            std::memcpy(target, from_.bytes().data() + extent->offset, extent->length);
        }
    }

    const std::byte* present_start() const {
        return reinterpret_cast<const std::byte*>(&present_.doorbell()) - segment_page;
    }

    void write_header() {
        layout_0_1::Header header{};
        header.major = first_layout_major;
        header.id = present_.id();
        header.total = total_;
        header.sizes = sizes_;
        header.row_sizes = layout_0_1::row_sizes;
        header.checksum = header.compute_checksum();
        std::memcpy(to_.bytes().data(), &header, sizeof header);
        std::memcpy(to_.bytes().data(), "chatseg\n", 8);
    }

    std::string problem_;
    SharedMemory from_;
    Segment present_;
    layout_0_1::Sizes sizes_;
    std::uint64_t total_ = 0;
    std::vector<PartEntry> parts_;
    SharedMemory to_;
};

}  // namespace chat::test
