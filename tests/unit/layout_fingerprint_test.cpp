// One number for the size and the offsets of everything that two processes share, or that a process leaves to its
// successor, so that nobody changes a layout by accident.
#include "shared/memory/client_table.h"
#include "shared/memory/doorbell.h"
#include "shared/memory/file_table.h"
#include "shared/memory/group_table.h"
#include "shared/memory/irc_table.h"
#include "shared/memory/ledger.h"
#include "shared/memory/metadata_table.h"
#include "shared/memory/queue_words.h"
#include "shared/memory/room_table.h"
#include "shared/memory/segment_layout.h"
#include "shared/memory/watch_table.h"
#include "shared/records/file.h"
#include "shared/records/message.h"
#include "shared/records/metadata.h"
#include "shared/records/operator.h"
#include "shared/records/record.h"
#include "shared/records/register_policy.h"
#include "shared/records/watch.h"
#include "shared/system/link.h"
#include "tests/support/catch.h"

#include <cstddef>
#include <cstdint>
#include <initializer_list>

namespace layout_fingerprint_test {

using namespace chat;

namespace {

constexpr std::uint64_t mix(std::initializer_list<std::size_t> numbers) {
    std::uint64_t hash = 0xcbf29ce484222325;
    for (const std::uint64_t number : numbers)
        for (unsigned shift = 0; shift < 64; shift += 8) hash = (hash ^ (number >> shift & 0xffU)) * 0x100000001b3;
    return hash;
}

#define AT(member) offsetof(Type, member)

constexpr std::uint64_t client_table() {
    const auto row = [] {
        using Type = ClientRow;
        return mix({sizeof(Type),         AT(generation),   AT(client_id),
                    AT(session),          AT(connected_at), AT(cookie),
                    AT(changed_by),       AT(leaving_end),  AT(state),
                    AT(announced),        AT(reason),       AT(name_size),
                    AT(peer_size),        AT(name),         AT(peer),
                    AT(has_succeeded),    AT(dialect),      AT(list_cursor_size),
                    AT(list_cursor),      AT(list_count),   AT(is_quiet),
                    AT(has_chosen_name),  AT(account),      AT(is_secure),
                    AT(common_name_size), AT(common_name),  AT(fingerprint),
                    AT(is_unregistered),  AT(line_step),    AT(account_since),
                    AT(kept_upto),        AT(kept_since),   AT(kept_account),
                    AT(is_getting_kept),  AT(unused)});
    }();
    const auto end = [] {
        using Type = OutboxEnd;
        return mix({sizeof(Type), AT(tail), AT(base), AT(generation), AT(entries), AT(voice)});
    }();
    const auto slot = [] {
        using Type = Slot;
        return mix({sizeof(Type), AT(row), AT(row_index), AT(parsed), AT(inbox_base), AT(attempt),
                    AT(unused_of_acceptor), AT(outbox), AT(outbox_commit), AT(written), AT(gave_up_at), AT(gave_up_why),
                    AT(ended), AT(unused_of_delivery)});
    }();
    const auto departed = [] {
        using Type = DepartedRow;
        return mix({sizeof(Type), AT(left_by), AT(left_at), AT(session), AT(client_id), AT(name_size), AT(name),
                    AT(irc_user), AT(irc_host), AT(account_hint), AT(irc_real_name), departed_rows});
    }();
    const auto irc = [] {
        using Type = IrcRow;
        return mix({sizeof(Type),     AT(generation),    AT(is_negotiating), AT(is_invisible), AT(has_password),
                    AT(is_bot),       AT(wanted),        AT(user),           AT(host),         AT(real_name),
                    AT(away),         AT(account_since), AT(account),        AT(failed),       AT(capabilities),
                    AT(account_name), AT(sasl),          AT(offered),        AT(subscribed),   AT(reserved),
                    sizeof(IrcSlot)});
    }();
    const auto entry = [] {
        using Type = LedgerEntry;
        return mix({sizeof(Type), AT(begin), AT(sequence), AT(sender), AT(kind), AT(account), AT(unused),
                    first_ledger_entries, ledger_capacity(65'536), ledger_capacity(1U << 20U),
                    outbox_row_size(65'536)});
    }();
    return mix({row, end, slot, departed, irc, entry});
}

constexpr std::uint64_t other_tables() {
    const auto words = [] {
        using Type = QueueWords;
        return mix({sizeof(Type), AT(tail), AT(checkpoint), AT(sequence), AT(sessions_logged), AT(head), AT(logged),
                    AT(forgotten), AT(forgotten_outcome), AT(forgotten_sessions), AT(forgotten_messages),
                    AT(forgotten_files), AT(unused)});
    }();
    const auto bell = [] {
        using Type = Doorbell;
        return mix({sizeof(Type), AT(semaphore), AT(asleep)});
    }();
    const auto room = [] {
        using Type = RoomRow;
        return mix({sizeof(Type), AT(name_size), AT(name), AT(may_lack_operators), AT(opened), AT(unused),
                    sizeof(Membership), standing_bit::operates, standing_bit::has_voice});
    }();
    const auto room_state = [] {
        using Type = RoomState;
        return mix({sizeof(Type), AT(opened), AT(opened_at), AT(topic_at), AT(limit), AT(modes), AT(topic_size),
                    AT(topic), AT(topic_by), AT(key), AT(unused), sizeof(RoomStateSlot)});
    }();
    const auto group = [] {
        using Type = GroupHead;
        return mix({sizeof(Type), AT(changed_by), AT(id), AT(count), AT(told_admin), AT(maker), AT(unused),
                    sizeof(GroupEntry), offsetof(GroupEntry, client), offsetof(GroupEntry, standing)});
    }();
    const auto room_entry = [] {
        using Type = RoomEntry;
        return mix({sizeof(Type), AT(sequence), AT(opened), AT(at), AT(room), AT(slot), AT(generation), AT(list),
                    AT(mask), AT(by), AT(unused), room_entry_count});
    }();
    const auto watch = [] {
        using Type = WatchRow;
        return mix({sizeof(Type), AT(sequence), AT(slot), AT(generation), AT(name), AT(is_here), AT(order), AT(unused),
                    watches_per_slot});
    }();
    const auto metadata = [] {
        using Type = MetadataRow;
        return mix({sizeof(Type), AT(sequence), AT(owner), AT(index), AT(is_of_room), AT(key), AT(value_size),
                    AT(value), AT(unused)});
    }();
    return mix({words, bell, room, room_state, room_entry, group, watch, metadata});
}

constexpr std::uint64_t file_table() {
    const auto file = [] {
        using Type = FileRow;
        return mix({sizeof(Type),  AT(id),       AT(changed_by), AT(size),     AT(session),   AT(target_session),
                    AT(at),        AT(deadline), AT(sender),     AT(receiver), AT(sender_id), AT(target_id),
                    AT(receivers), AT(scope),    AT(state),      AT(ticket),   AT(sha256),    AT(sender_name),
                    AT(target),    AT(name),     AT(unused)});
    }();
    const auto ticket = [] {
        using Type = TicketRow;
        return mix({sizeof(Type), AT(file), AT(changed_by), AT(session), AT(deadline), AT(receiver), AT(file_row),
                    AT(open), AT(ticket), AT(unused)});
    }();
    const auto words = [] {
        using Type = TransferWords;
        return mix({sizeof(Type), AT(outcome), AT(connection), AT(broke_at), AT(begun), AT(begun_at), AT(receipts),
                    AT(unused)});
    }();
    return mix({file, ticket, words, sizeof(FileSlot), offsetof(FileSlot, row_index), offsetof(FileSlot, words),
                sizeof(TicketSlot), offsetof(TicketSlot, row_index), offsetof(TicketSlot, words)});
}

constexpr std::uint64_t frames() {
    const auto record = [] {
        using Type = RecordHead;
        return mix({sizeof(Type),
                    AT(frame),
                    offsetof(RecordFrame, size),
                    offsetof(RecordFrame, kind),
                    offsetof(RecordFrame, flags),
                    AT(sequence),
                    AT(at),
                    AT(sender_state),
                    AT(session),
                    AT(target_session),
                    AT(value),
                    AT(sender),
                    AT(sender_id),
                    AT(target_id),
                    AT(number),
                    AT(receiver_count),
                    AT(text_size),
                    AT(name_size),
                    AT(tag_size),
                    AT(target_size),
                    AT(scope)});
    }();
    const auto message = [] {
        using Type = LinkMessage;
        return mix({sizeof(Type), AT(kind), AT(client), AT(knows), AT(number), AT(offset)});
    }();
    const auto header = [] {
        using Type = SegmentHeader;
        return mix({sizeof(Type), AT(magic), AT(major), AT(minor), AT(program), AT(id), AT(total), AT(part_count),
                    AT(sizes_size), AT(sizes_bytes), AT(parts), AT(checksum), sizeof(PartEntry),
                    offsetof(PartEntry, offset), offsetof(PartEntry, rows), offsetof(PartEntry, row_size),
                    offsetof(PartEntry, version)});
    }();
    return mix({record, message, header});
}

#undef AT

template <typename Number>
constexpr int number_of(Number value) {
    return static_cast<int>(value);
}

}  // namespace

TEST_CASE("the layout of what is shared is the one that this version has", "[segment][layout]") {
    // If this fails, a program of the last release and a current one no longer understand each other's memory.
    // Put additions into bytes that are called `unused`, raise layout_minor unless that was done since the last
    // release, and update the fingerprint here. If that is not enough, also raise the version of the part in
    // segment_layout.cpp, and give chat-acceptor/startup/conversion.cpp a converter from the last release. The header,
    // the record's head and the link's message never change: additions there use unused bytes.
    CHECK(client_table() == 0xef5a185bbdd80d3cU);
    CHECK(other_tables() == 0xfa66ac4ce9dedba3U);
    CHECK(file_table() == 0x85f8efb33ac625d7U);
    CHECK(frames() == 0x7c2659d6964c893fU);
}

TEST_CASE("numbers that are kept in memory and in records keep their meaning", "[segment][layout]") {
    // Add new ones at the end, because the next version reads records and rows of an earlier one.
    CHECK(number_of(RecordKind::message) == 6);
    CHECK(number_of(RecordKind::forget) == 32);
    CHECK(number_of(RecordKind::quieted) == 33);
    CHECK(number_of(RecordKind::logged_in) == 34);
    CHECK(number_of(RecordKind::done) == 35);
    CHECK(number_of(RecordKind::history) == 36);
    CHECK(number_of(RecordKind::room_set) == 37);
    CHECK(number_of(RecordKind::introduced) == 38);
    CHECK(number_of(RecordKind::dialect_answer) == 39);
    CHECK(number_of(RecordKind::kept_page) == 40);
    CHECK(number_of(RecordKind::kept_ended) == 41);
    CHECK(number_of(RecordKind::seen) == 42);
    CHECK(number_of(RecordKind::unread) == 43);
    CHECK(number_of(RecordKind::tag_message) == 44);
    CHECK(number_of(RecordKind::topic) == 50);
    CHECK(number_of(RecordKind::topic_shown) == 51);
    CHECK(number_of(RecordKind::kicked) == 52);
    CHECK(number_of(RecordKind::modes_changed) == 53);
    CHECK(number_of(RecordKind::invited) == 54);
    CHECK(number_of(RecordKind::watched) == 55);
    CHECK(number_of(RecordKind::presence) == 56);
    CHECK(number_of(RecordKind::metadata_changed) == 57);
    CHECK(number_of(RecordKind::deleted) == 58);
    CHECK(find_metadata_key("url") == 11);
    CHECK(number_of(WatchChange::Form::cleared) == 3);
    CHECK(number_of(RoomMode::no_ctcp) == 5);
    CHECK(number_of(MessageAudience::voiced) == 2);
    CHECK(number_of(RegisterPolicy::by_operator) == 3);
    CHECK(number_of(SlotState::closed) == 3);
    CHECK(number_of(LeaveReason::no_memory) == 8);
    CHECK(number_of(FileState::offered) == 2);
    CHECK(number_of(TransferOutcome::no_space) == 6);
    CHECK(number_of(MessageScope::broadcast) == 3);
    CHECK(number_of(FileEnd::sender_gone) == 7);
    CHECK(number_of(NoteKind::unbanned) == 3);
    CHECK(number_of(Standing::asking) == 3);
    CHECK(number_of(LedgerKind::group) == 2);
    CHECK(number_of(LedgerKind::kept) == 3);
    CHECK(number_of(records::KeepRefusal::busy) == 3);
    CHECK(number_of(ForgetOutcome::ambiguous) == 2);
    CHECK(number_of(LinkKind::transfers) == 8);
    CHECK(getting_kept::first == 2);
}

}  // namespace layout_fingerprint_test
