// Packing and unpacking what is said of files.
#include "shared/file_record.h"

#include <cstring>

namespace chat {
namespace {

template <typename T>
void append_raw(std::string& out, const T& value) {
    out.append(reinterpret_cast<const char*>(&value), sizeof value);
}

template <typename T>
bool take_raw(std::string_view& from, T& value) noexcept {
    if (from.size() < sizeof value) return false;
    std::memcpy(&value, from.data(), sizeof value);
    from.remove_prefix(sizeof value);
    return true;
}

void append_short_text(std::string& out, std::string_view text) {
    append_raw(out, static_cast<std::uint8_t>(text.size()));
    out += text;
}

bool take_short_text(std::string_view& from, std::string_view& text) noexcept {
    std::uint8_t size = 0;
    if (!take_raw(from, size) || from.size() < size) return false;
    text = from.substr(0, size);
    from.remove_prefix(size);
    return true;
}

int value_of(char digit) noexcept {
    if (digit >= '0' && digit <= '9') return digit - '0';
    if (digit >= 'a' && digit <= 'f') return digit - 'a' + 10;
    if (digit >= 'A' && digit <= 'F') return digit - 'A' + 10;
    return -1;
}

}  // namespace

void append_upload_info(std::string& text, const UploadInfo& info) {
    append_raw(text, info.row);
    append_raw(text, info.deadline);
    append_raw(text, info.receiver);
    append_raw(text, info.ticket);
    append_raw(text, info.sha256);
    append_short_text(text, info.name);
}

std::optional<UploadInfo> take_upload_info(std::string_view text) noexcept {
    UploadInfo info{};
    if (!take_raw(text, info.row) || !take_raw(text, info.deadline) || !take_raw(text, info.receiver) ||
        !take_raw(text, info.ticket) || !take_raw(text, info.sha256) || !take_short_text(text, info.name))
        return std::nullopt;
    return info;
}

void append_file_info(std::string& text, const FileInfo& info) {
    append_raw(text, info.id);
    append_raw(text, info.row);
    append_raw(text, info.deadline);
    append_raw(text, info.kept);
    append_raw(text, info.sha256);
    append_short_text(text, info.name);
}

std::optional<FileInfo> take_file_info(std::string_view& text) noexcept {
    FileInfo info{};
    if (!take_raw(text, info.id) || !take_raw(text, info.row) || !take_raw(text, info.deadline) ||
        !take_raw(text, info.kept) || !take_raw(text, info.sha256) || !take_short_text(text, info.name))
        return std::nullopt;
    return info;
}

void append_ticket_info(std::string& text, const TicketInfo& info) {
    append_raw(text, info.row);
    append_raw(text, info.session);
    append_raw(text, info.ticket);
}

std::optional<TicketInfo> take_ticket_info(std::string_view& text) noexcept {
    TicketInfo info{};
    if (!take_raw(text, info.row) || !take_raw(text, info.session) || !take_raw(text, info.ticket)) return std::nullopt;
    return info;
}

void append_file_end_info(std::string& text, const FileEndInfo& info) {
    append_raw(text, info.id);
    append_raw(text, info.file_row);
    append_raw(text, info.ticket_row);
    append_raw(text, info.receiver);
}

std::optional<FileEndInfo> take_file_end_info(std::string_view text) noexcept {
    FileEndInfo info{};
    if (!take_raw(text, info.id) || !take_raw(text, info.file_row) || !take_raw(text, info.ticket_row) ||
        !take_raw(text, info.receiver))
        return std::nullopt;
    return info;
}

void append_hex(std::string& out, const std::uint8_t* bytes, std::size_t size) {
    constexpr char digits[] = "0123456789abcdef";
    for (std::size_t i = 0; i < size; ++i) {
        out += digits[bytes[i] >> 4U];
        out += digits[bytes[i] & 15U];
    }
}

bool read_hex(std::string_view text, std::uint8_t* bytes, std::size_t size) noexcept {
    if (text.size() != 2 * size) return false;
    for (std::size_t i = 0; i < size; ++i) {
        const int high = value_of(text[2 * i]);
        const int low = value_of(text[2 * i + 1]);
        if (high < 0 || low < 0) return false;
        bytes[i] = static_cast<std::uint8_t>(high << 4 | low);
    }
    return true;
}

}  // namespace chat
