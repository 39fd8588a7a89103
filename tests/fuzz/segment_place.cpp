// Clears and damages the small segment.
#include "tests/fuzz/segment_place.h"

#include "shared/records/record.h"

#include <sanitizer/asan_interface.h>

#include <algorithm>
#include <cstddef>
#include <cstring>
#include <string>
#include <vector>

namespace chat::fuzz {
namespace {

constexpr std::size_t spoiled_departed = 4;
constexpr std::size_t spoiled_entries = 4;
constexpr std::size_t cleared_departed = 64;  // more than one input can fill
constexpr std::uint64_t nobody = ~std::uint64_t{0};

std::uint64_t consume_number(Input& input) {
    const auto small = input.integer<std::uint16_t>();
    switch (input.integer_between<int>(0, 3)) {
        case 0:
            return input.integer<std::uint64_t>();
        case 1:
            return ~std::uint64_t{0} - small;
        default:
            return small;
    }
}

std::uint32_t consume_used_slot(Input& input) {
    return input.one_of(used_slots);
}

template <typename T>
std::span<std::byte> bytes_of(T& object) {
    return {reinterpret_cast<std::byte*>(&object), sizeof object};
}

}  // namespace

Place::Place() : scratch_(place_sizes) {
    Segment::remove(scratch_.instance.name());
    for (std::uint32_t slot = 0; slot < place_sizes.slots; ++slot) {
        const std::span<std::byte> outbox = segment().outbox(slot);
        __asan_poison_memory_region(outbox.data() + outbox.size(), segment_page - first_ledger_bytes);
        if (is_used(slot)) continue;
        __asan_poison_memory_region(segment().inbox(slot).data(), segment().inbox(slot).size());
        __asan_poison_memory_region(outbox.data(), outbox.size());
        const std::span<std::byte> ledger = bytes_of_ledger(slot);
        __asan_poison_memory_region(ledger.data(), ledger.size());
    }
}

std::span<std::byte> Place::bytes_of_ledger(std::uint32_t slot) const {
    const Ledger ledger = segment().ledger(slot);
    return std::as_writable_bytes(std::span(&ledger.at(ledger.capacity() - 1), ledger.capacity()));
}

void Place::clear() {
    QueueWords& words = segment().words();
    for (SharedWord* word :
         {&words.tail, &words.checkpoint, &words.sequence, &words.sessions_logged, &words.head, &words.logged})
        *word = 0;
    const auto slots = segment().slots();
    std::memset(static_cast<void*>(slots.data()), 0, slots.size_bytes());
    std::memset(static_cast<void*>(segment().departed().data()), 0, cleared_departed * sizeof(DepartedRow));
    std::ranges::fill(segment().queue_ring(), std::byte{0});
    for (std::uint32_t number = 0; number < slots.size(); ++number) {
        Slot& slot = slots[number];
        if (!is_used(number)) {
            for (OutboxEnd& end : slot.outbox) end.generation = nobody;
            continue;
        }
        std::ranges::fill(segment().inbox(number), std::byte{'i'});
        std::ranges::fill(segment().outbox(number), std::byte{'o'});
        std::ranges::fill(bytes_of_ledger(number), std::byte{0});
        ClientRow row{};
        row.generation = 1;
        row.client_id = 10'000 + number;
        row.session = number + 1;
        row.changed_by = number + 1;
        row.state = SlotState::connected;
        row.announced = true;
        row.set_name(number == 0 ? "alice" : "bob");
        replace_row(slot, row);
        constexpr std::string_view heard =
            "message id=1 from=10000 name=alice to=10002 at=2026-11-20T12:31:05.123Z :hi\n";
        std::memcpy(segment().outbox(number).data(), heard.data(), heard.size());
        segment().ledger(number).at(0) = {0, 1, 10'000, LedgerKind::direct, {}};
        slot.outbox[0] = {heard.size(), 0, 1, 1, {}};
        slot.outbox_commit = 2U << 1U;
    }
    words.sequence = 300;  // above all numbers that inputs make
}

void Place::spoil(Input& input) {
    for (auto times = input.integer_between<int>(0, 8); times > 0 && input.left() > 0; --times) {
        switch (input.integer_between<int>(0, 3)) {
            case 0:
                spoil_bytes(input);
                break;
            case 1:
                spoil_word(input);
                break;
            case 2:
                spoil_row(input);
                break;
            default:
                add_record(input);
                break;
        }
    }
}

void Place::spoil_bytes(Input& input) {
    const std::uint32_t slot = consume_used_slot(input);
    std::span<std::byte> region;
    switch (input.integer_between<int>(0, 5)) {
        case 0:
            region = segment().queue_ring();
            break;
        case 1:
            region = segment().inbox(slot);
            break;
        case 2:
            region = segment().outbox(slot);
            break;
        case 3:
            region = bytes_of_ledger(slot).last(spoiled_entries * sizeof(LedgerEntry));
            break;
        case 4:
            region = std::as_writable_bytes(segment().departed().first(spoiled_departed));
            break;
        default:
            region = bytes_of(segment().slots()[slot]);
            break;
    }
    const std::size_t at = input.integer_between<std::size_t>(0, region.size() - 1);
    const std::string bytes = input.text_of_any_length(std::min<std::size_t>(64, region.size() - at));
    std::memcpy(region.data() + at, bytes.data(), bytes.size());
}

void Place::spoil_word(Input& input) {
    QueueWords& words = segment().words();
    Slot& slot = segment().slots()[consume_used_slot(input)];
    auto* const end = reinterpret_cast<std::uint64_t*>(&slot.outbox);
    const auto which = input.integer_between<std::size_t>(0, 23);
    const std::uint64_t value = consume_number(input);
    const std::array<SharedWord*, 14> shared{&words.tail,         &words.checkpoint, &words.sequence,
                                             &words.head,         &words.logged,     &words.sessions_logged,
                                             &slot.row_index,     &slot.parsed,      &slot.inbox_base,
                                             &slot.outbox_commit, &slot.written,     &slot.gave_up_at,
                                             &slot.gave_up_why,   &slot.ended};
    if (which < shared.size())
        *shared[which] = value;
    else
        end[which - shared.size()] = value;
}

void Place::spoil_row(Input& input) {
    const auto number = consume_used_slot(input);
    ClientRow row{};
    row.generation = input.integer_between<std::uint32_t>(0, 3);
    row.client_id =
        input.boolean() ? input.integer_between<std::uint32_t>(10'000, 10'003) : input.integer<std::uint32_t>();
    row.session = consume_number(input);
    row.connected_at = static_cast<Microseconds>(consume_number(input));
    row.changed_by = input.integer<std::uint8_t>();
    row.leaving_end = consume_number(input);
    row.state = static_cast<SlotState>(input.integer_between<int>(0, 4));
    row.announced = input.boolean();
    row.reason = static_cast<LeaveReason>(input.integer<std::uint8_t>());
    row.set_name(input.text(4));
    row.name_size = input.integer<std::uint8_t>();
    row.peer_size = input.integer<std::uint8_t>();
    replace_row(segment().slots()[number], row);
}

// A well-formed record with arbitrary contents.
void Place::add_record(Input& input) {
    const auto slot_id = [&] {
        return SlotId{input.integer_between<std::uint32_t>(0, 5), input.integer_between<std::uint32_t>(0, 3)};
    };
    const std::string name = input.text(4);
    const std::string text = input.text_of_any_length(256);
    const std::vector<SlotId> receivers{slot_id(), slot_id()};
    Record record;
    record.kind = static_cast<RecordKind>(input.integer_between<int>(0, 15));
    record.flags = input.integer<std::uint16_t>();
    record.sequence = input.integer<std::uint8_t>();
    record.sender_state = consume_number(input);
    record.sender = slot_id();
    record.sender_id = input.integer_between<std::uint32_t>(9'999, 10'005);
    record.session = input.integer_between<std::uint32_t>(0, 3);
    record.scope = input.integer<std::uint8_t>();
    record.name = record.target = name;
    record.text = text;
    record.receivers = std::span(receivers).first(input.integer_between<std::size_t>(0, 2));
    QueueProducer producer(segment().queue_ring(), segment().words().tail);
    if (producer.tail() % record_alignment != 0) return;
    const auto room = producer.prepare(encoded_size(record), producer.tail(), 0);
    if (room.empty()) return;
    encode(record, room);
    producer.commit(encoded_size(record));
}

}  // namespace chat::fuzz
