// How a line to a client is put together: `KIND *(SP KEY=VALUE) [SP :TEXT]`, appended piece by piece.
#pragma once

#include "shared/record.h"

#include <charconv>
#include <cstdint>
#include <string>
#include <string_view>

namespace chat {

inline void append_number(std::string& out, std::uint64_t number) {
    char digits[20];
    const auto end = std::to_chars(digits, digits + sizeof digits, number).ptr;
    out.append(digits, end);
}

inline void append_field(std::string& out, std::string_view key, std::string_view value) {
    out.append(" ").append(key).append("=").append(value);
}

inline void append_field(std::string& out, std::string_view key, std::uint64_t number) {
    out.append(" ").append(key).append("=");
    append_number(out, number);
}

inline void append_tag(std::string& out, std::string_view tag) {
    if (!tag.empty()) append_field(out, "tag", tag);
}

inline void end_line(std::string& out) {
    out.push_back('\n');
}

inline void end_line(std::string& out, std::string_view text) {
    out.append(" :").append(text).push_back('\n');
}

// The line after the last of a list.
inline void append_end(std::string& out, std::string_view of, const Record& record) {
    out += "end";
    append_field(out, "of", of);
    append_field(out, "count", record.number);
    append_tag(out, record.tag);
    end_line(out);
}

}  // namespace chat
