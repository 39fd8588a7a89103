// Packing pages of history.
#include "shared/records/history.h"

#include "shared/records/packing.h"

namespace chat {

void append_history_info(std::string& rows, const HistoryInfo& info) {
    pack(rows, info.id, info.at, info.from, info.to, static_cast<std::uint8_t>(info.scope), info.has_account, info.name,
         info.form, static_cast<std::uint32_t>(info.text.size()));
    rows += info.text;
}

std::optional<HistoryInfo> take_history_info(std::string_view& rows) noexcept {
    HistoryInfo info;
    std::uint8_t scope = 0;
    std::uint32_t size = 0;
    if (!take(rows, info.id, info.at, info.from, info.to, scope, info.has_account, info.name, info.form, size) ||
        !take_text(rows, size, info.text))
        return std::nullopt;
    info.scope = static_cast<MessageScope>(scope);
    return info;
}

}  // namespace chat
