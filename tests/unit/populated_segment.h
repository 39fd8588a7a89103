// A segment with a different value in every field of every row, and a check that another segment has all of them.
#pragma once

#include "shared/memory/segment.h"
#include "tests/support/catch.h"
#include "tests/unit/scratch.h"

#include <algorithm>
#include <cstring>
#include <string>

namespace chat::test {

inline constexpr SegmentSizes populated_sizes = [] {
    SegmentSizes sizes = small_sizes;
    sizes.slots = 5;
    sizes.transfers = 4;
    return sizes;
}();

template <typename T>
void fill(T& object, int seed) {
    auto* bytes = reinterpret_cast<unsigned char*>(&object);
    for (std::size_t i = 0; i < sizeof object; ++i)
        bytes[i] = static_cast<unsigned char>(static_cast<std::size_t>(seed) * 31 + i * 7 + 1);
}

// A different value in every field of every row.
inline void populate(const Segment& segment) {
    QueueWords& words = segment.words();
    std::uint64_t number = 1000;
    for (SharedWord* word : {&words.tail, &words.checkpoint, &words.sequence, &words.sessions_logged, &words.head,
                             &words.logged, &words.forgotten, &words.forgotten_outcome, &words.forgotten_sessions,
                             &words.forgotten_messages, &words.forgotten_files})
        *word = number++;
    for (std::uint32_t i = 0; i < segment.slots().size(); ++i) {
        Slot& slot = segment.slots()[i];
        for (std::uint32_t copy = 0; copy < 2 + i % 2; ++copy) {  // alternates which copy is valid
            ClientRow row{};
            fill(row, static_cast<int>(i + copy));
            row.dialect = 0;
            // What 0.1.0 did not have.
            constexpr std::size_t since_0_1 = offsetof(ClientRow, list_cursor_size);
            std::memset(reinterpret_cast<unsigned char*>(&row) + since_0_1, 0, sizeof row - since_0_1);
            replace_row(slot, row);
        }
        slot.parsed = 2000 + i;
        slot.inbox_base = 2100 + i;
        for (std::uint64_t copy = 0; copy < 2; ++copy) slot.outbox[copy] = {3000 + i, 3100 + i + copy, 3200 + i, 0, {}};
        slot.outbox_commit = (4000 + i) << 1U | (i & 1U);
        slot.written = 4100 + i;
        slot.gave_up_at = 4200 + i;
        slot.gave_up_why = 4300 + i;
        slot.ended = 4400 + i;
        for (Membership& membership : segment.memberships(i)) membership = i + 1;
    }
    for (std::size_t i = 0; i < departed_rows; ++i) {
        fill(segment.departed()[i], static_cast<int>(i));
        segment.departed()[i].irc_user = {};
        segment.departed()[i].irc_host = {};
        segment.departed()[i].account_hint = 0;
        segment.departed()[i].irc_real_name = {};
    }
    for (std::uint32_t i = 0; i < populated_sizes.transfers; ++i) {
        FileRow file{};
        fill(file, static_cast<int>(i));
        std::memset(file.unused, 0, sizeof file.unused);
        replace_row(segment.files()[i], file);
        segment.files()[i].words.outcome = 5000 + i;
        segment.files()[i].words.connection = 5100 + i;
        segment.files()[i].words.broke_at = 5200 + i;
        TicketRow ticket{};
        fill(ticket, static_cast<int>(i));
        std::memset(ticket.unused, 0, sizeof ticket.unused);
        for (std::uint32_t copy = 0; copy <= i % 2; ++copy) replace_row(segment.tickets()[i], ticket);
        segment.tickets()[i].words.connection = 5300 + i;
    }
    for (std::size_t i = 0; i < segment.id_last_used().size(); ++i)
        segment.id_last_used()[i] = static_cast<std::uint32_t>(i * 3 + 1);
    for (std::size_t i = 0; i < segment.rooms().size(); ++i) segment.rooms()[i].set_name("room" + std::to_string(i));
    for (std::uint32_t i = 0; i < populated_sizes.groups; ++i)
        for (std::uint32_t times = 0; times <= i % 2; ++times)
            replace_group_row(
                segment.group(i),
                {6000 + i, 1000 + i, {i, 7}, {{{i, 1}, Standing::member}, {{i + 1, 2}, Standing::invited}}});
    for (std::size_t i = 0; i < segment.queue_ring().size(); ++i)
        segment.queue_ring()[i] = static_cast<std::byte>(i * 13 + i / 251);
    REQUIRE(segment.reserve_inbox(1, 4096));
    std::ranges::fill(segment.inbox(1).first(4096), std::byte{'i'});
    REQUIRE(segment.reserve_outbox(3, {.bytes = segment.outbox(3).size()}));
    std::ranges::fill(segment.outbox(3).last(4096), std::byte{'o'});
}

template <typename Row>
bool same(std::span<Row> a, std::span<Row> b) {
    return std::ranges::equal(std::as_bytes(a), std::as_bytes(b));
}

template <typename Slot>
bool same_valid_row(const Slot& a, const Slot& b) {
    return std::memcmp(&valid_row(a), &valid_row(b), sizeof a.row[0]) == 0 && a.row_index == b.row_index;
}

inline void check_equal(const Segment& a, const Segment& b) {
    CHECK(a.id() == b.id());
    CHECK(a.sizes() == b.sizes());
    CHECK(std::memcmp(&a.words(), &b.words(), sizeof(QueueWords)) == 0);
    for (std::uint32_t i = 0; i < a.slots().size(); ++i) {
        INFO("slot " << i);
        const Slot& x = a.slots()[i];
        const Slot& y = b.slots()[i];
        CHECK(same_valid_row(x, y));
        CHECK(x.parsed == y.parsed);
        CHECK(x.inbox_base == y.inbox_base);
        CHECK(x.outbox_commit == y.outbox_commit);
        CHECK(std::memcmp(&x.outbox[x.outbox_commit & 1U], &y.outbox[y.outbox_commit & 1U], sizeof(OutboxEnd)) == 0);
        CHECK(x.written == y.written);
        CHECK(x.gave_up_at == y.gave_up_at);
        CHECK(x.gave_up_why == y.gave_up_why);
        CHECK(x.ended == y.ended);
        CHECK(same(a.memberships(i), b.memberships(i)));
    }
    CHECK(same(a.departed(), b.departed()));
    for (std::size_t i = 0; i < a.files().size(); ++i) {
        INFO("transfer " << i);
        CHECK(same_valid_row(a.files()[i], b.files()[i]));
        CHECK(std::memcmp(&a.files()[i].words, &b.files()[i].words, sizeof(TransferWords)) == 0);
        CHECK(same_valid_row(a.tickets()[i], b.tickets()[i]));
        CHECK(std::memcmp(&a.tickets()[i].words, &b.tickets()[i].words, sizeof(TransferWords)) == 0);
    }
    CHECK(same(a.id_last_used(), b.id_last_used()));
    for (std::size_t i = 0; i < a.rooms().size(); ++i) CHECK(a.rooms()[i].name_view() == b.rooms()[i].name_view());
    for (std::uint32_t i = 0; i < a.sizes().groups; ++i) {
        const auto x = read_group_row(a.group(i));
        const auto y = read_group_row(b.group(i));
        REQUIRE((x && y));
        CHECK(x->changed_by == y->changed_by);
        CHECK(x->id == y->id);
        CHECK(x->told_admin == y->told_admin);
        CHECK(x->people == y->people);
    }
    CHECK(same(a.queue_ring(), b.queue_ring()));
    CHECK(same(a.inbox(1).first(4096), b.inbox(1).first(4096)));
    CHECK(same(a.outbox(3), b.outbox(3)));
}

}  // namespace chat::test
