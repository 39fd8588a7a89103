// Reading lines back from an outbox. Their spelling is that of render.
#include "chat-delivery/unsent.h"

#include "chat-delivery/outboxes.h"
#include "shared/byte_ring.h"
#include "shared/line.h"

#include <optional>
#include <string>
#include <string_view>

namespace chat {
namespace {

// The number after ` KEY=`, before the text of the line begins.
template <typename Number>
std::optional<Number> find_number(std::string_view line, std::string_view key) {
    const std::string_view fields = line.substr(0, line.find(" :"));
    const std::size_t at = fields.find(key);
    if (at == std::string_view::npos) return std::nullopt;
    return whole_number<Number>(split_first_word(fields.substr(at + key.size())).word);
}

}  // namespace

std::vector<UnsentMessage> unsent_messages(const Segment& segment, std::uint32_t number) {
    const Slot& slot = segment.slots()[number];
    const OutboxEnd end = committed_end(slot);
    const std::uint64_t written = slot.written.load(std::memory_order_acquire);
    const ByteRing<const std::byte> ring(segment.outbox(number), end.base);
    if (written >= end.tail || end.tail - written > ring.size()) return {};
    const auto length = static_cast<std::size_t>(end.tail - written);

    std::string scratch;
    std::string_view text = ring.view(written, length, scratch);
    const bool at_line_start = written == end.base || (length < ring.size() && ring.pieces(written - 1, 1)[0].front() ==
                                                                                   static_cast<std::byte>('\n'));
    if (!at_line_start) text.remove_prefix(std::min(text.size(), text.find('\n') + 1));

    std::vector<UnsentMessage> unsent;
    while (!text.empty()) {
        const std::size_t line_end = text.find('\n');
        if (line_end == std::string_view::npos) break;
        const std::string_view line = text.substr(0, line_end);
        text.remove_prefix(line_end + 1);
        if (!line.starts_with("message ")) continue;
        const auto id = find_number<std::uint64_t>(line, " id=");
        const auto from = find_number<std::uint32_t>(line, " from=");
        // Rooms and broadcasts have another word there.
        const bool to_group = line.substr(0, line.find(" :")).find(" to=group:") != std::string_view::npos;
        if (id && from && (to_group || find_number<std::uint32_t>(line, " to=")))
            unsent.push_back({*id, *from, to_group});
    }
    return unsent;
}

}  // namespace chat
