// Committing records and applying them.
#include "chat-acceptor/publisher.h"

#include "shared/records/bounds.h"
#include "shared/system/clock.h"
#include "shared/system/crash_point.h"

#include <algorithm>
#include <stdexcept>

namespace chat {
namespace {

constexpr std::size_t outbox_share_of_kept = 4;
constexpr std::size_t queue_share_of_kept = 32;
constexpr std::size_t reserved_share = 8;  // one part in this many is reserved for control records
constexpr std::uint64_t highest_sequence = std::uint64_t{1} << 61U;  // an outbox's commit has 63 bits for it

}  // namespace

Publisher::Publisher(const Segment& segment, Tables& tables, RecordKind known)
    : segment_(&segment),
      tables_(&tables),
      producer_(segment.queue_ring(), segment.words().tail),
      kept_(segment.queue_ring().size() / reserved_share),
      sequence_(segment.words().sequence.load(std::memory_order_relaxed)),
      known_(known) {
    const auto sizes = segment.sizes();
    largest_ = largest_record({.clients = sizes.slots,
                               .memberships = sizes.memberships,
                               .members = sizes.members,
                               .transfers = sizes.transfers,
                               .line = sizes.max_line});
    // What was kept should be one record, so that nothing comes in between.
    largest_kept_page_ =
        static_cast<std::size_t>(std::min(sizes.outbox / outbox_share_of_kept, sizes.queue / queue_share_of_kept));
    largest_ = std::max(largest_, largest_record(sizes.slots, largest_kept_page_ + sizes.max_line));
}

void Publisher::set_known_kinds(std::uint32_t highest) noexcept {
    // A delivery that sends no number is 0.1.
    known_ = highest == 0 ? RecordKind::forget : static_cast<RecordKind>(std::min<std::uint32_t>(highest, 0xffff));
}

Position Publisher::floor() const {
    const QueueWords& words = segment_->words();
    const Position floor = std::min(
        {words.head.load(std::memory_order_acquire), words.logged.load(std::memory_order_acquire),
         words.checkpoint.load(std::memory_order_relaxed), words.sessions_logged.load(std::memory_order_relaxed)});
    if (floor > producer_.tail()) throw DamagedSegment("the cursors in shared memory are damaged");
    return floor;
}

bool Publisher::has_room(std::size_t kept) {
    if (segment_->is_truncated()) throw DamagedSegment("it was shortened while it was in use");
    // Padding at the ring's end can cost the size of the record again.
    const std::size_t wanted = 2 * largest_ + kept;
    const std::size_t size = segment_->queue_ring().size();
    if (producer_.tail() - known_floor_ + wanted <= size) return true;
    known_floor_ = floor();
    if (producer_.tail() - known_floor_ > size) throw DamagedSegment("the cursors in shared memory are damaged");
    return producer_.tail() - known_floor_ + wanted <= size;
}

std::string Publisher::holder() const {
    const QueueWords& words = segment_->words();
    const Position head = words.head.load(std::memory_order_acquire);
    const Position logged = words.logged.load(std::memory_order_acquire);
    const Position sessions_logged = words.sessions_logged.load(std::memory_order_relaxed);
    if (sessions_logged < std::min(head, logged)) return "the log of sessions is not written";
    if (logged < head) return "the log of messages is not written";
    return "chat-delivery does not take records from it";
}

Publisher::Published Publisher::publish(const Record& unnumbered) {
    if (!may_publish(unnumbered.kind)) throw std::logic_error("a record was published that delivery does not know");
    Record record = unnumbered;
    record.sequence = ++sequence_;
    if (record.at == 0) record.at = wall_clock();
    const std::size_t size = encoded_size(record);
    const auto room = producer_.prepare(size, known_floor_, 0);
    if (room.empty()) throw std::logic_error("a record was published without room for it");
    encode(record, room);
    const Position end = producer_.commit(size);

    tables_->apply(record, end);
    QueueWords& words = segment_->words();
    CHAT_CRASH_POINT("publisher: record applied");
    words.sequence.store(sequence_, std::memory_order_relaxed);
    CHAT_CRASH_POINT("publisher: sequence stored");
    words.checkpoint.store(end, std::memory_order_release);
    CHAT_CRASH_POINT("publisher: checkpoint stored");
    return {sequence_, record.at, end};
}

// Every record that a row or an outbox knows of was published: if a number were given twice, a message would reach
// nobody.
void Publisher::check_sequence() const {
    const auto slots = segment_->slots();
    const bool is_behind = std::any_of(slots.begin(), slots.end(), [this](const Slot& slot) {
        return valid_row(slot).changed_by > sequence_ ||
               slot.outbox_commit.load(std::memory_order_relaxed) >> 1U > sequence_ + 1;
    });
    if (is_behind || sequence_ > highest_sequence) throw DamagedSegment("the numbers in shared memory are damaged");
}

void Publisher::redo(const std::function<void(const Record&, Position, Position)>& each) {
    QueueWords& words = segment_->words();
    const QueueReader reader(segment_->queue_ring());
    const Position tail = producer_.tail();
    const Position checkpoint = words.checkpoint.load(std::memory_order_relaxed);
    Position at = std::min(checkpoint, words.sessions_logged.load(std::memory_order_relaxed));
    if (checkpoint > tail || at > tail || tail % record_alignment != 0)
        throw DamagedSegment("the cursors in shared memory are damaged");
    while (at < tail) {
        const auto entry = reader.read(at, tail);
        if (!entry) throw DamagedSegment("the queue in shared memory is damaged");
        if (!entry->padding) {
            const auto record = decode(entry->bytes);
            if (!record) throw DamagedSegment("a record in shared memory is damaged");
            sequence_ = std::max(sequence_, record->sequence);
            if (entry->next > checkpoint) tables_->apply(*record, entry->next);
            CHAT_CRASH_POINT("publisher: record applied again");
            each(*record, at, entry->next);
        }
        at = entry->next;
    }
    check_sequence();
    words.sequence.store(sequence_, std::memory_order_relaxed);
    words.checkpoint.store(tail, std::memory_order_release);
    known_floor_ = floor();
    segment_->doorbell().ring();
}

void Publisher::set_sessions_logged(Position position) noexcept {
    segment_->words().sessions_logged.store(position, std::memory_order_release);
}

}  // namespace chat
