// Spelling what happens in groups.
#include "chat-delivery/render_group.h"

#include "chat-delivery/spelling.h"
#include "shared/group_table.h"
#include "shared/records/group.h"

namespace chat {
namespace {

void begin(std::string& out, std::string_view kind, const Record& record) {
    out += kind;
    append_field(out, "group", record.value);
}

void append_sender(std::string& out, const Record& record) {
    append_field(out, "id", record.sender_id);
    append_field(out, "name", record.name);
}

// `group` where a group is made or listed.
void append_group(std::string& out, std::uint64_t id, std::uint32_t admin, std::string_view members) {
    out += "group";
    append_field(out, "id", id);
    append_field(out, "admin", admin);
    append_field(out, "members", members);
}

void append_made(std::string& out, const Record& record, std::string_view tag) {
    append_group(out, record.value, record.sender_id, record.text);
    append_tag(out, tag);
    out.append(" :").append(record.name).append(" has made group ");
    append_number(out, record.value);
    end_line(out);
}

void append_change(std::string& out, std::string_view kind, const Record& record, std::string_view tag) {
    begin(out, kind, record);
    append_sender(out, record);
    append_field(out, "count", record.number);
    append_tag(out, tag);
    end_line(out);
}

void append_approved(std::string& out, const Record& record) {
    begin(out, "group-joined", record);
    append_field(out, "id", record.target_id);
    append_field(out, "name", record.target);
    append_field(out, "count", record.number);
    end_line(out);
}

void append_admin(std::string& out, const Record& record) {
    begin(out, "group-admin", record);
    append_sender(out, record);
    end_line(out);
}

void append_plain_ok(std::string& out, const Record& record) {
    if (record.tag.empty()) return;
    out += "ok";
    append_tag(out, record.tag);
    end_line(out);
}

void append_groups(std::string& out, const Record& record) {
    std::string_view rows = record.text;
    while (const auto group = take_group_info(rows)) {
        append_group(out, group->id, group->admin, group->members);
        append_tag(out, record.tag);
        end_line(out);
    }
    append_end(out, record.target, record);
}

}  // namespace

void append_group_news(std::string& out, const Record& record) {
    switch (record.kind) {
        case RecordKind::group_made:
            if (record.scope == static_cast<std::uint8_t>(Standing::member)) {
                append_made(out, record, {});
                return;
            }
            begin(out, "invite", record);
            append_field(out, "from", record.sender_id);
            append_field(out, "name", record.name);
            out.append(" :").append(record.name).append(" invites you: /joingroup or /declinegroup ");
            append_number(out, record.value);
            end_line(out);
            return;
        case RecordKind::group_joined:
            append_change(out, "group-joined", record, {});
            return;
        case RecordKind::group_asked:
            begin(out, "join-request", record);
            append_sender(out, record);
            out.append(" :").append(record.name).append(" asks to join: /approve or /reject ");
            append_number(out, record.value);
            out += ' ';
            append_number(out, record.sender_id);
            end_line(out);
            return;
        case RecordKind::group_declined:
            begin(out, "declined", record);
            append_sender(out, record);
            end_line(out);
            return;
        case RecordKind::group_approved:
            append_approved(out, record);
            return;
        case RecordKind::group_rejected:
            begin(out, "rejected", record);
            end_line(out);
            return;
        case RecordKind::group_left:
            append_change(out, "group-left", record, {});
            return;
        case RecordKind::group_admin:
            append_admin(out, record);
            return;
        default:
            return;
    }
}

void append_group_answer(std::string& out, const Record& record) {
    switch (record.kind) {
        case RecordKind::group_made:
            append_made(out, record, record.tag);
            return;
        case RecordKind::group_joined:
            append_change(out, "group-joined", record, record.tag);
            return;
        case RecordKind::group_asked:
            begin(out, "pending", record);
            append_tag(out, record.tag);
            out += " :The group's admin is asked";
            end_line(out);
            return;
        case RecordKind::group_approved:
            append_approved(out, record);  // to the admin as to all members
            append_plain_ok(out, record);
            return;
        case RecordKind::group_declined:
        case RecordKind::group_rejected:
            append_plain_ok(out, record);
            return;
        case RecordKind::group_left:
            append_change(out, "group-left", record, record.tag);
            return;
        case RecordKind::group_admin:
            append_admin(out, record);
            return;
        case RecordKind::groups:
            append_groups(out, record);
            return;
        default:
            return;
    }
}

}  // namespace chat
