// Building blocks of a line to a client: `KIND *(SP KEY=VALUE) [SP :TEXT]`, appended piece by piece.
#pragma once

#include "shared/system/clock.h"

#include <algorithm>
#include <charconv>
#include <cstddef>
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

// Is the name proven?
inline void append_account(std::string& out, bool has_account) {
    if (has_account) append_field(out, "account", "yes");
}

inline void end_line(std::string& out) {
    out.push_back('\n');
}

inline void end_line(std::string& out, std::string_view text) {
    out.append(" :").append(text).push_back('\n');
}

// Writes consecutive pieces into space reserved once for all of them: for the line that is rendered far more often than
// any other.
class Pieces {
  public:
    // Appends at most `most` bytes to `out`, which must outlive this object.
    Pieces(std::string& out, std::size_t most) : out_(&out) {
        const std::size_t size = out.size();
        out.resize(size + most);
        at_ = out.data() + size;
    }
    Pieces(const Pieces&) = delete;
    Pieces& operator=(const Pieces&) = delete;
    ~Pieces() { out_->resize(static_cast<std::size_t>(at_ - out_->data())); }

    void text(std::string_view piece) noexcept { at_ = std::copy_n(piece.data(), piece.size(), at_); }
    void number(std::uint64_t value) noexcept { at_ = std::to_chars(at_, at_ + max_digits, value).ptr; }
    void time(Microseconds at) noexcept { at_ = put_time(at_, at); }

    static constexpr std::size_t max_digits = 20;

  private:
    std::string* out_;
    char* at_;
};

// The answer to a command that has nothing to show.
inline void append_plain_ok(std::string& out, std::string_view tag) {
    if (tag.empty()) return;
    out += "ok";
    append_tag(out, tag);
    end_line(out);
}

// The closing line of a list.
inline void append_end(std::string& out, std::string_view of, std::uint32_t count, std::string_view tag) {
    out += "end";
    append_field(out, "of", of);
    append_field(out, "count", count);
    append_tag(out, tag);
    end_line(out);
}

}  // namespace chat
