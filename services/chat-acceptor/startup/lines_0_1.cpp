// Parsing the lines of 0.1.0.
#include "chat-acceptor/startup/lines_0_1.h"

#include "shared/memory/byte_ring.h"
#include "shared/memory/slot_notes.h"
#include "shared/text/line.h"

#include <algorithm>
#include <cerrno>
#include <optional>
#include <string>
#include <string_view>
#include <system_error>
#include <vector>

namespace chat::lines_0_1 {
namespace {

// The number after ` KEY=`, before the text of the line begins.
template <typename Number>
std::optional<Number> find_number(std::string_view line, std::string_view key) {
    const std::string_view fields = line.substr(0, line.find(" :"));
    const std::size_t at = fields.find(key);
    if (at == std::string_view::npos) return std::nullopt;
    return whole_number<Number>(split_first_word(fields.substr(at + key.size())).word);
}

// The entry of a line that begins at this position; empty if it has none.
std::optional<LedgerEntry> entry_of(std::string_view line, std::uint64_t begin) {
    if (!line.starts_with("message ")) return std::nullopt;
    const auto id = find_number<std::uint64_t>(line, " id=");
    const auto from = find_number<std::uint32_t>(line, " from=");
    if (!id || !from) return std::nullopt;
    if (line.substr(0, line.find(" :")).find(" to=group:") != std::string_view::npos)
        return LedgerEntry{begin, *id, *from, LedgerKind::group, {}};
    // Room messages and broadcasts have a word there.
    if (!find_number<std::uint32_t>(line, " to=")) return std::nullopt;
    return LedgerEntry{begin, *id, *from, LedgerKind::direct, {}};
}

// For the complete lines of which nothing was written.
std::vector<LedgerEntry> entries_of(std::span<const std::byte> outbox, const OutboxEnd& end, std::uint64_t written) {
    const ByteRing<const std::byte> ring(outbox, end.base);
    const auto length = static_cast<std::size_t>(end.tail - written);
    std::string scratch;
    std::string_view text = ring.view(written, length, scratch);
    // 0.1.0 never overwrote the byte before the first unwritten one.
    const bool at_line_start = written == end.base || (length < ring.size() && ring.pieces(written - 1, 1)[0].front() ==
                                                                                   static_cast<std::byte>('\n'));
    if (!at_line_start) text.remove_prefix(std::min(text.size(), text.find('\n') + 1));
    std::vector<LedgerEntry> entries;
    for (std::size_t size = text.find('\n'); size != std::string_view::npos; size = text.find('\n')) {
        if (const auto entry = entry_of(text.substr(0, size), end.tail - text.size())) entries.push_back(*entry);
        text.remove_prefix(size + 1);
    }
    return entries;
}

void reserve(const Segment& segment, std::uint32_t number, const OutboxMemory& wanted) {
    if (!segment.reserve_outbox(number, wanted))
        throw std::system_error(errno, std::generic_category(), "reserving shared memory");
}

void add_ledger(const Segment& segment, std::uint32_t number) {
    Slot& slot = segment.slots()[number];
    OutboxEnd& end = slot.outbox[slot.outbox_commit.load(std::memory_order_relaxed) & 1U];
    const std::uint64_t written = slot.written.load(std::memory_order_relaxed);
    if (written >= end.tail || written < end.base || end.tail - written > segment.outbox(number).size()) return;
    // The memory of an outbox that ended cleanly has been returned.
    if (has_ended_cleanly(slot, {number, static_cast<std::uint32_t>(end.generation)})) return;
    // It is backed by memory already, unless these positions are damaged.
    const auto used = static_cast<std::size_t>(std::min<std::uint64_t>(end.tail - end.base, segment.sizes().outbox));
    reserve(segment, number, {.bytes = used});
    std::vector<LedgerEntry> entries = entries_of(segment.outbox(number), end, written);
    const Ledger ledger = segment.ledger(number);
    entries.resize(std::min(entries.size(), ledger.capacity()));
    if (entries.empty()) return;
    reserve(segment, number, {.entries = entries.size()});
    for (const LedgerEntry& entry : entries) ledger.at(end.entries++) = entry;
}

}  // namespace

void add_ledgers(const Segment& segment) {
    for (std::uint32_t number = 0; number < segment.slots().size(); ++number) add_ledger(segment, number);
}

void begin_history(const Segment& segment) noexcept {
    const std::uint64_t now = segment.words().sequence.load(std::memory_order_relaxed);
    for (RoomRow& room : segment.rooms()) room.opened = now;
    for (std::uint32_t slot = 0; slot < segment.slots().size(); ++slot)
        for (SharedWord& joined : segment.joined(slot)) joined.store(now, std::memory_order_relaxed);
}

}  // namespace chat::lines_0_1
