// Encoding records, and decoding them with full checks.
#include "shared/records/record.h"

#include "shared/records/command_tag.h"

#include <cstring>
#include <limits>

namespace chat {
namespace {

using Fixed = RecordHead;
static_assert(sizeof(Fixed) == 88 && alignof(Fixed) == record_alignment);

// A line that is not consumed has no state; its next step takes the place of that.
constexpr std::uint64_t is_step = std::uint64_t{1} << 63U;

constexpr std::size_t aligned(std::size_t size) noexcept {
    return (size + record_alignment - 1) / record_alignment * record_alignment;
}

std::size_t size_of_parts(std::size_t receivers, std::size_t strings) noexcept {
    return aligned(sizeof(Fixed) + receivers * sizeof(SlotId) + strings);
}

char* put(char* at, std::string_view text) noexcept {
    if (!text.empty()) std::memcpy(at, text.data(), text.size());
    return at + text.size();
}

}  // namespace

std::size_t encoded_size(const Record& record) noexcept {
    return size_of_parts(record.receivers.size(),
                         record.name.size() + record.tag.size() + record.target.size() + record.text.size());
}

std::size_t largest_record(std::size_t receivers, std::size_t text) noexcept {
    return size_of_parts(receivers, 2 * max_name_size + max_command_tag + text);
}

void encode(const Record& record, std::span<std::byte> out) noexcept {
    Fixed fixed{};
    fixed.frame = {static_cast<std::uint32_t>(encoded_size(record)), static_cast<std::uint16_t>(record.kind),
                   record.flags};
    fixed.sequence = record.sequence;
    fixed.at = record.at;
    fixed.sender_state = record.next_step != 0 ? is_step | record.next_step : record.sender_state;
    fixed.session = record.session;
    fixed.target_session = record.target_session;
    fixed.value = record.value;
    fixed.sender = record.sender;
    fixed.sender_id = record.sender_id;
    fixed.target_id = record.target_id;
    fixed.number = record.number;
    fixed.receiver_count = static_cast<std::uint32_t>(record.receivers.size());
    fixed.text_size = static_cast<std::uint32_t>(record.text.size());
    fixed.name_size = static_cast<std::uint8_t>(record.name.size());
    fixed.tag_size = static_cast<std::uint8_t>(record.tag.size());
    fixed.target_size = static_cast<std::uint8_t>(record.target.size());
    fixed.scope = record.scope;
    std::memcpy(out.data(), &fixed, sizeof fixed);
    char* at = reinterpret_cast<char*>(out.data()) + sizeof fixed;
    at = put(at, {reinterpret_cast<const char*>(record.receivers.data()), record.receivers.size_bytes()});
    at = put(at, record.name);
    at = put(at, record.tag);
    at = put(at, record.target);
    put(at, record.text);
}

std::optional<Record> decode(std::span<const std::byte> bytes) noexcept {
    Fixed fixed{};
    if (bytes.size() < sizeof fixed) return std::nullopt;
    std::memcpy(&fixed, bytes.data(), sizeof fixed);
    const std::size_t strings = std::size_t{fixed.name_size} + fixed.tag_size + fixed.target_size + fixed.text_size;
    if (fixed.frame.size != bytes.size() || fixed.receiver_count > bytes.size() / sizeof(SlotId) ||
        size_of_parts(fixed.receiver_count, strings) != bytes.size() || fixed.name_size > max_name_size ||
        fixed.tag_size > max_command_tag || fixed.target_size > max_name_size)
        return std::nullopt;
    const auto kind = static_cast<RecordKind>(fixed.frame.kind);
    const std::uint64_t step = fixed.sender_state ^ is_step;
    const bool has_step = step > 0 && step <= std::numeric_limits<std::uint8_t>::max();
    const std::byte* at = bytes.data() + sizeof fixed;
    const std::span receivers(reinterpret_cast<const SlotId*>(at), fixed.receiver_count);
    const auto* name = reinterpret_cast<const char*>(at + receivers.size_bytes());
    const char* tag = name + fixed.name_size;
    const char* target = tag + fixed.tag_size;
    return Record{.kind = is_known(kind) ? kind : RecordKind::none,
                  .flags = fixed.frame.flags,
                  .sequence = fixed.sequence,
                  .at = fixed.at,
                  .sender_state = has_step ? 0 : fixed.sender_state,
                  .next_step = has_step ? static_cast<std::uint8_t>(step) : std::uint8_t{0},
                  .sender = fixed.sender,
                  .sender_id = fixed.sender_id,
                  .session = fixed.session,
                  .target_id = fixed.target_id,
                  .target_session = fixed.target_session,
                  .value = fixed.value,
                  .number = fixed.number,
                  .scope = fixed.scope,
                  .name = {name, fixed.name_size},
                  .tag = {tag, fixed.tag_size},
                  .target = {target, fixed.target_size},
                  .text = {target + fixed.target_size, fixed.text_size},
                  .receivers = receivers};
}

}  // namespace chat
