// Renders group events.
#include "chat-delivery/dialects/line/render_group.h"

#include "chat-delivery/dialects/line/spelling.h"
#include "shared/records/group.h"

namespace chat {
namespace {

using records::GroupKind;

void begin(std::string& out, std::string_view kind, const Record& record) {
    out += kind;
    append_field(out, "group", records::group_of(record));
}

void append_sender(std::string& out, const Record& record) {
    append_field(out, "id", record.sender_id);
    append_field(out, "name", record.name);
}

// The line `group`, for a group that is made or listed.
void append_group(std::string& out, std::uint32_t id, std::uint32_t admin, std::string_view members) {
    out += "group";
    append_field(out, "id", id);
    append_field(out, "admin", admin);
    append_field(out, "members", members);
}

void append_made(std::string& out, const Record& record, std::string_view tag) {
    const auto made = records::GroupMade::of(record);
    append_group(out, made.group, record.sender_id, made.members);
    append_tag(out, tag);
    out.append(" :").append(record.name).append(" has made group ");
    append_number(out, made.group);
    end_line(out);
}

void append_invitation(std::string& out, const Record& record) {
    begin(out, "invite", record);
    append_field(out, "from", record.sender_id);
    append_field(out, "name", record.name);
    out.append(" :").append(record.name).append(" invites you: /joingroup or /declinegroup ");
    append_number(out, records::group_of(record));
    end_line(out);
}

template <RecordKind Kind>
void append_group_change(std::string& out, std::string_view kind, const Record& record, std::string_view tag) {
    begin(out, kind, record);
    append_sender(out, record);
    append_field(out, "count", records::GroupChange<Kind>::of(record).count);
    append_tag(out, tag);
    end_line(out);
}

void append_join_request(std::string& out, const Record& record) {
    begin(out, "join-request", record);
    append_sender(out, record);
    out.append(" :").append(record.name).append(" asks to join: /approve or /reject ");
    append_number(out, records::group_of(record));
    out += ' ';
    append_number(out, record.sender_id);
    end_line(out);
}

void append_pending(std::string& out, const Record& record) {
    begin(out, "pending", record);
    append_tag(out, record.tag);
    out += " :The group's admin has been asked";
    end_line(out);
}

void append_approved(std::string& out, const Record& record) {
    const auto approved = records::GroupApproved::of(record);
    begin(out, "group-joined", record);
    append_field(out, "id", approved.client_id);
    append_field(out, "name", approved.client_name);
    append_field(out, "count", approved.count);
    end_line(out);
}

// A line with the record's sender, or about the group alone.
void append_group_notice(std::string& out, std::string_view kind, const Record& record, bool with_sender) {
    begin(out, kind, record);
    if (with_sender) append_sender(out, record);
    end_line(out);
}

void append_groups(std::string& out, const Record& record) {
    auto groups = records::Groups::of(record);
    while (const auto group = take_group_info(groups.rows)) {
        append_group(out, group->id, group->admin, group->members);
        append_tag(out, record.tag);
        end_line(out);
    }
    if (groups.cursor.empty()) append_end(out, groups.list, groups.count, record.tag);
}

}  // namespace

void append_group_news(std::string& out, const Record& record) {
    switch (records::group_kind(record)) {
        case GroupKind::made:
            if (records::GroupMade::of(record).others == Standing::member)
                append_made(out, record, {});
            else
                append_invitation(out, record);
            return;
        case GroupKind::joined:
            append_group_change<RecordKind::group_joined>(out, "group-joined", record, {});
            return;
        case GroupKind::asked:
            append_join_request(out, record);
            return;
        case GroupKind::declined:
            append_group_notice(out, "declined", record, true);
            return;
        case GroupKind::approved:
            append_approved(out, record);
            return;
        case GroupKind::rejected:
            append_group_notice(out, "rejected", record, false);
            return;
        case GroupKind::left:
            append_group_change<RecordKind::group_left>(out, "group-left", record, {});
            return;
        case GroupKind::admin:
            append_group_notice(out, "group-admin", record, true);
            return;
        case GroupKind::groups:
            return;
    }
}

void append_group_answer(std::string& out, const Record& record) {
    switch (records::group_kind(record)) {
        case GroupKind::made:
            append_made(out, record, record.tag);
            return;
        case GroupKind::joined:
            append_group_change<RecordKind::group_joined>(out, "group-joined", record, record.tag);
            return;
        case GroupKind::asked:
            append_pending(out, record);
            return;
        case GroupKind::approved:
            append_approved(out, record);  // the admin gets the same line as all members
            append_plain_ok(out, record.tag);
            return;
        case GroupKind::declined:
        case GroupKind::rejected:
            append_plain_ok(out, record.tag);
            return;
        case GroupKind::left:
            append_group_change<RecordKind::group_left>(out, "group-left", record, record.tag);
            return;
        case GroupKind::admin:
            append_group_notice(out, "group-admin", record, true);
            return;
        case GroupKind::groups:
            append_groups(out, record);
            return;
    }
}

}  // namespace chat
