// Finding them.
#include "chat-acceptor/startup/secrets_aside.h"

#include "shared/memory/segment_layout.h"
#include "shared/system/secret.h"
#include "shared/text/text_rules.h"

#include <algorithm>
#include <array>
#include <cstring>
#include <string_view>

namespace chat {
namespace {

constexpr std::array<std::string_view, 4> commands = {"/login ", "/register ", "/password ", "/reset "};
constexpr std::size_t most_of_a_line = 2048;  // bytes; a line with secrets is shorter

const PartEntry* find_inboxes(const SharedMemory& segment) noexcept {
    const auto& header = *reinterpret_cast<const SegmentHeader*>(segment.bytes().data());
    const auto parts = header.used_parts();
    return are_in_place(parts, segment.bytes().size()) ? find_part(parts, "inboxes") : nullptr;
}

void wipe_lines(char* bytes, std::size_t size) noexcept {
    std::size_t at = 0;
    while (at < size) {
        const void* slash = std::memchr(bytes + at, '/', size - at);
        if (slash == nullptr) return;
        at = static_cast<std::size_t>(static_cast<const char*>(slash) - bytes);
        const std::string_view rest(bytes + at, size - at);
        const bool is_command = std::any_of(commands.begin(), commands.end(), [rest](std::string_view command) {
            return equal_ignoring_case(rest.substr(0, command.size()), command);
        });
        const std::size_t length = is_command ? std::min({rest.find('\n'), rest.size(), most_of_a_line}) : 1;
        if (is_command) wipe(bytes + at, length);
        at += length;
    }
}

}  // namespace

void wipe_secrets(const SharedMemory& segment) noexcept {
    const auto bytes = segment.bytes();
    if (bytes.size() < sizeof(SegmentHeader)) return;
    if (const PartEntry* inboxes = find_inboxes(segment)) {
        segment.release_pages(inboxes->offset, inboxes->rows * inboxes->row_size);
        return;
    }
    std::size_t at = 0;
    while (const auto extent = segment.next_extent(at, bytes.size())) {
        wipe_lines(reinterpret_cast<char*>(bytes.data()) + extent->offset, extent->length);
        at = extent->offset + extent->length;
    }
}

}  // namespace chat
