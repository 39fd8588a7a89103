// What a record's `tag` holds. Of a native command it is the tag that the client gave it. Of an IRC command it is the
// subject of a refusal, and, behind a mark, the label that the client gave it (IRCv3 labeled-response).
#pragma once

#include "shared/text/text_rules.h"

#include <algorithm>
#include <cstddef>
#include <string>
#include <string_view>

namespace chat {

inline constexpr std::size_t max_label_size = 64;  // bytes, as the client has escaped it
inline constexpr std::size_t max_command_tag = max_name_size + 1 + 1 + max_label_size;

// Subjects of logins: the client has been told by SASL already, or NickServ answers, or REGISTER. No word of a client
// begins so.
inline constexpr std::string_view told_by_sasl = ":SASL";
inline constexpr std::string_view asked_nickserv = ":NickServ";
inline constexpr std::string_view asked_to_register = ":REGISTER";
inline constexpr std::string_view text_of_registration = "The nick is registered: it is yours now";

struct IrcCommandTag {
    std::string_view subject = {};
    std::string_view label = {};    // empty: it has none
    bool is_first_of_line = false;  // of the records that the line becomes

    static constexpr char mark = '\n';
    [[nodiscard]] std::string text() const {
        std::string text(subject.substr(0, max_name_size));
        if (!label.empty())
            text.append(1, mark).append(1, is_first_of_line ? '+' : '-').append(label.substr(0, max_label_size));
        return text;
    }
    [[nodiscard]] static IrcCommandTag of(std::string_view tag) noexcept {
        const std::size_t end = std::min(tag.find(mark), tag.size());
        IrcCommandTag read{.subject = tag.substr(0, end)};
        if (tag.size() - end < 2) return read;
        read.is_first_of_line = tag[end + 1] == '+';
        read.label = tag.substr(end + 2);
        return read;
    }
};

}  // namespace chat
