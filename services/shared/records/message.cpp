// Words and numbers of message targets.
#include "shared/records/message.h"

#include "shared/records/packing.h"
#include "shared/text/line.h"

namespace chat {

std::string_view word_of(MessageScope scope) noexcept {
    switch (scope) {
        case MessageScope::direct:
            return "direct";
        case MessageScope::room:
            return "room";
        case MessageScope::group:
            return "group";
        case MessageScope::broadcast:
            break;
    }
    return "broadcast";
}

std::string_view message_form::word_of(std::uint16_t form) noexcept {
    if ((form & ctcp) != 0) return "ctcp";
    if ((form & action) != 0) return "action";
    return (form & notice) != 0 ? "notice" : "";
}

std::string_view records::word_of(KeepRefusal refusal) noexcept {
    switch (refusal) {
        case KeepRefusal::full:
            return "full";
        case KeepRefusal::away:
            return "away";
        case KeepRefusal::busy:
            return "busy";
        case KeepRefusal::none:
            break;
    }
    return "disconnected";
}

void records::Message::put_tags(Record& record, std::string_view tags, std::string& text) {
    text.clear();
    pack(text, static_cast<std::uint16_t>(tags.size()));
    text.append(tags).append(record.text);
    record.text = text;
    record.flags |= record_flag::tagged;
}

records::Message::Tagged records::Message::split(std::string_view both) noexcept {
    std::uint16_t size = 0;
    Tagged parts;
    if (!take(both, size) || !take_text(both, size, parts.tags)) return {};
    parts.text = both;
    return parts;
}

std::uint64_t records::Message::group_number(const ToGroup& group) noexcept {
    return whole_number<std::uint64_t>(group.number).value_or(0);
}

}  // namespace chat
