// One line of IRC (RFC 1459, section 2.3.1, and modern.ircdocs.horse): tags, source, command and parameters. Parsing
// only.
#pragma once

#include "shared/text/mask.h"

#include <array>
#include <cstddef>
#include <string_view>
#include <vector>

namespace chat::irc {

inline constexpr std::size_t max_body = 510;   // bytes of a line without its tags and its line end
inline constexpr std::size_t max_tags = 4096;  // from a client, with the @ and the space after them

inline constexpr char ctcp_mark = '\x01';  // begins and ends a message of CTCP

// The parameters of a line, in its order; views into it.
class Params {
  public:
    static constexpr std::size_t most = 15;

    void add(std::string_view param) noexcept { words_[size_++] = param; }  // not more than `most`
    [[nodiscard]] std::size_t size() const noexcept { return size_; }
    [[nodiscard]] bool empty() const noexcept { return size_ == 0; }
    [[nodiscard]] std::string_view operator[](std::size_t index) const noexcept { return words_[index]; }
    [[nodiscard]] std::string_view front() const noexcept { return words_[0]; }
    [[nodiscard]] std::string_view back() const noexcept { return words_[size_ - 1]; }
    [[nodiscard]] const std::string_view* begin() const noexcept { return words_.data(); }
    [[nodiscard]] const std::string_view* end() const noexcept { return words_.data() + size_; }

  private:
    std::array<std::string_view, most> words_;
    std::size_t size_ = 0;
};

// Views into the line that was parsed.
struct Line {
    std::string_view tags;     // without the @; usually empty
    std::string_view command;  // as typed; empty: the line has none
    Params params;
    bool is_too_long = false;  // more than max_tags or max_body

    // Empty if there are not so many.
    [[nodiscard]] std::string_view param(std::size_t index) const noexcept {
        return index < params.size() ? params[index] : std::string_view{};
    }
};
[[nodiscard]] Line parse_line(std::string_view line);

// The value of the tag of that name, as the client has escaped it; empty: there is none.
[[nodiscard]] std::string_view tag_value(std::string_view tags, std::string_view name) noexcept;
[[nodiscard]] bool has_tag(std::string_view tags, std::string_view name) noexcept;
// Are there tags for the receivers of a message? They begin with +.
[[nodiscard]] bool has_client_tags(std::string_view tags) noexcept;

// Its beginning, of at most `most` bytes and whole characters.
[[nodiscard]] std::string_view beginning_of(std::string_view text, std::size_t most) noexcept;
[[nodiscard]] std::string_view first_character(std::string_view text) noexcept;

// The items of a list with commas; empty ones are left out.
[[nodiscard]] std::vector<std::string_view> split_list(std::string_view list);

// True for UTF-8 that may also contain IRC's formatting codes and the marks of CTCP, but no other control characters.
[[nodiscard]] bool is_irc_text(std::string_view text);

}  // namespace chat::irc
