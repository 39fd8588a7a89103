// Packing the lists of groups.
#include "shared/records/group.h"

#include "shared/records/packing.h"

namespace chat {

void append_group_info(std::string& rows, const GroupInfo& info) {
    pack(rows, info.id, info.admin, static_cast<std::uint16_t>(info.members.size()));
    rows += info.members;
}

std::optional<GroupInfo> take_group_info(std::string_view& rows) noexcept {
    GroupInfo info{};
    std::uint16_t size = 0;
    if (!take(rows, info.id, info.admin, size) || !take_text(rows, size, info.members)) return std::nullopt;
    return info;
}

}  // namespace chat
