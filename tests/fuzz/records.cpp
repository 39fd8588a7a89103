// Any bytes as a record from shared memory: refused, or decoded within their bounds, rendered for every receiver, and
// the same again when encoded.
#include "chat-delivery/dialects/line/render.h"
#include "shared/records/command_tag.h"
#include "shared/records/record.h"
#include "tests/fuzz/check.h"

#include <algorithm>
#include <cstring>
#include <vector>

using namespace chat;
using fuzz::require;

namespace {

bool inside(std::span<const std::byte> bytes, const void* begin, std::size_t size) {
    const auto* first = static_cast<const std::byte*>(begin);
    return size == 0 || (first >= bytes.data() && first + size <= bytes.data() + bytes.size());
}

void check_parts(std::span<const std::byte> bytes, const Record& record) {
    for (const std::string_view part : {record.name, record.tag, record.target, record.text})
        require(inside(bytes, part.data(), part.size()), "a text lies in the record");
    require(inside(bytes, record.receivers.data(), record.receivers.size_bytes()), "receivers lie in the record");
    require(record.name.size() <= max_name_size && record.tag.size() <= max_command_tag &&
                record.target.size() <= max_name_size,
            "names and tags are short");
    std::uint64_t sum = 0;
    for (const SlotId receiver : record.receivers) sum += receiver.slot + receiver.generation;
    static_cast<void>(sum);
}

void check_encoding(std::span<const std::byte> bytes, Record record) {
    RecordFrame frame{};
    std::memcpy(&frame, bytes.data(), sizeof frame);
    const auto kind = static_cast<RecordKind>(frame.kind);
    require(record.kind == (is_known(kind) ? kind : RecordKind::none), "only a kind that is known is kept");
    record.kind = kind;
    require(encoded_size(record) == bytes.size(), "a record is as long as it says");
    std::vector<std::byte> again(encoded_size(record));
    encode(record, again);
    const std::size_t used = static_cast<std::size_t>(
        reinterpret_cast<const std::byte*>(record.text.data() + record.text.size()) - bytes.data());
    require(used <= bytes.size() && bytes.size() - used < record_alignment, "only padding follows the text");
    require(std::equal(again.begin(), again.begin() + static_cast<std::ptrdiff_t>(used), bytes.begin()),
            "encoding what was decoded gives the same bytes");
}

}  // namespace

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
    // A buffer of exactly this size, so that the sanitizer sees reads past its end.
    std::vector<std::uint64_t> words((size + sizeof(std::uint64_t) - 1) / sizeof(std::uint64_t));
    if (size > 0) std::memcpy(words.data(), data, size);
    const auto bytes = std::as_bytes(std::span(words)).first(size);
    const auto record = decode(bytes);
    if (!record) return 0;
    check_parts(bytes, *record);
    check_encoding(bytes, *record);
    std::string lines;
    (void)render_for_receivers(*record, lines);
    (void)render_for_sender(*record, Outcome::accepted, lines);
    (void)render_for_sender(*record, Outcome::discarded, lines);
    return 0;
}
