// Packing lists of clients and of help.
#include "shared/records/answer.h"

#include "shared/records/packing.h"

namespace chat {
namespace {

constexpr unsigned you_bit = 1;
constexpr unsigned account_bit = 2;
constexpr unsigned away_bit = 4;
constexpr unsigned operator_bit = 8;
constexpr unsigned voice_bit = 16;

}  // namespace

namespace records {

Record DialectAnswer::record(std::string& text) const {
    text.assign(row).append(lines);
    return {.kind = RecordKind::dialect_answer,
            .flags = cursor.empty() ? std::uint16_t{0} : record_flag::more,
            .target_id = static_cast<std::uint32_t>(row.size()),
            .number = 1,
            .scope = news,
            .target = cursor,
            .text = text};
}

DialectAnswer DialectAnswer::of(const Record& record) noexcept {
    const std::size_t size = std::min<std::size_t>(record.target_id, record.text.size());
    return {record.text.substr(0, size), record.text.substr(size), cursor_in(record), record.scope};
}

}  // namespace records

void append_client_info(std::string& rows, const ClientInfo& info) {
    const auto flags = static_cast<std::uint8_t>(
        (info.you ? you_bit : 0U) | (info.has_account ? account_bit : 0U) | (info.is_away ? away_bit : 0U) |
        (info.is_operator ? operator_bit : 0U) | (info.has_voice ? voice_bit : 0U));
    pack(rows, info.id, info.connected_at, flags, info.name);
}

std::optional<ClientInfo> take_client_info(std::string_view& rows) noexcept {
    ClientInfo info{};
    std::uint8_t flags = 0;
    if (!take(rows, info.id, info.connected_at, flags, info.name)) return std::nullopt;
    info.you = (flags & you_bit) != 0;
    info.has_account = (flags & account_bit) != 0;
    info.is_away = (flags & away_bit) != 0;
    info.is_operator = (flags & operator_bit) != 0;
    info.has_voice = (flags & voice_bit) != 0;
    return info;
}

void append_help_info(std::string& rows, const HelpInfo& info) {
    pack(rows, static_cast<std::uint16_t>(info.command.size()), static_cast<std::uint16_t>(info.usage.size()));
    rows.append(info.command).append(info.usage);
}

std::optional<HelpInfo> take_help_info(std::string_view& rows) noexcept {
    HelpInfo info{};
    std::uint16_t command = 0;
    std::uint16_t usage = 0;
    if (!take(rows, command, usage) || !take_text(rows, command, info.command) || !take_text(rows, usage, info.usage))
        return std::nullopt;
    return info;
}

}  // namespace chat
