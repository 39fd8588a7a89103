// From lines to one text.
#include "chat-acceptor/dialects/irc/joined_lines.h"

#include "chat-acceptor/dialects/irc/irc_line.h"
#include "shared/text/text_rules.h"

#include <algorithm>

namespace chat::irc {
namespace {

bool is_reference_character(char c) noexcept {
    return (c >= '0' && c <= '9') || (lower_case(c) >= 'a' && lower_case(c) <= 'z') || c == '-';
}

}  // namespace

bool is_batch_reference(std::string_view word) noexcept {
    return !word.empty() && word.size() <= longest_reference &&
           std::all_of(word.begin(), word.end(), is_reference_character);
}

JoinedLines::JoinedLines(std::string_view reference, std::string_view target, std::string_view following)
    : end_(join(reference, target, following)) {}

JoinedLines::End JoinedLines::join(std::string_view reference, std::string_view target, std::string_view following) {
    for (;;) {
        const std::size_t size = following.find('\n', used_);
        if (size == std::string_view::npos) return End::missing;
        std::string_view text = following.substr(used_, size - used_);
        if (text.ends_with('\r')) text.remove_suffix(1);
        const Line line = parse_line(text);
        const bool is_inside = has_tag(line.tags, "batch");
        const bool is_blank = line.command.empty() && !is_inside;
        const std::string_view word = line.param(0);
        const bool closes = !is_inside && equal_ignoring_case(line.command, "BATCH") && word.starts_with('-') &&
                            word.substr(1) == reference;
        if (!is_inside && !closes && !is_blank) return End::interrupted;
        used_ = size + 1;
        if (is_blank) continue;
        if (closes) {
            const bool has_text = std::any_of(text_.begin(), text_.end(), [](char c) { return c != '\n'; });
            return has_text ? End::whole : End::blank;
        }
        if (const End end = add(text, line, reference, target); end != End::missing) return end;
    }
}

JoinedLines::End JoinedLines::add(std::string_view text, const Line& line, std::string_view reference,
                                  std::string_view target) {
    if (tag_value(line.tags, "batch") != reference) return End::other_reference;
    const bool is_notice = equal_ignoring_case(line.command, "NOTICE");
    if (!is_notice && !equal_ignoring_case(line.command, "PRIVMSG")) return End::other_command;
    if (lines_ > 0 && is_notice != is_notice_) return End::other_command;
    is_notice_ = is_notice;
    if (line.is_too_long || !is_irc_text(text)) return End::unreadable;
    target_ = line.param(0);
    if (!equal_ignoring_case(target_, target)) return End::other_target;
    const std::string_view words = line.param(1);
    const bool is_joined = has_tag(line.tags, "draft/multiline-concat");
    if (is_joined && words.empty()) return End::blank_joint;
    // Anywhere: a long line may be split before it.
    if (words.find(ctcp_mark) != std::string_view::npos) return End::ctcp;
    if (lines_ == most_joined_lines) return End::too_many_lines;
    const bool breaks = lines_ > 0 && !is_joined;
    if (text_.size() + (breaks ? 1 : 0) + words.size() > most_joined_bytes) return End::too_many_bytes;
    if (lines_ > 0 && is_joined) joints_.push_back(static_cast<std::uint16_t>(text_.size()));
    if (breaks) text_.push_back('\n');
    text_.append(words);
    longest_ = std::max(longest_, words.size());
    ++lines_;
    return End::missing;
}

}  // namespace chat::irc
