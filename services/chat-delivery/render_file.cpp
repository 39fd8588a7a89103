// One function a kind of line.
#include "chat-delivery/render_file.h"

#include "chat-delivery/spelling.h"
#include "shared/hex.h"

namespace chat {
namespace {

void append_target(std::string& out, const Record& record) {
    switch (static_cast<MessageScope>(record.scope)) {
        case MessageScope::room:
            out.append(" to=room:").append(record.target);
            break;
        case MessageScope::group:
            out.append(" to=group:").append(record.target);
            break;
        default:
            append_field(out, "to", record.target_id);
            break;
    }
}

}  // namespace

void append_upload(std::string& out, const Record& record) {
    const auto info = take_upload_info(record.text);
    if (!info) return;
    out += "upload";
    append_field(out, "file", record.sequence);
    append_field(out, "ticket", hex_of(info->ticket));
    append_field(out, "port", record.number);
    append_tag(out, record.tag);
    end_line(out);
}

void append_file(std::string& out, const Record& record, const FileInfo& file, const Ticket& ticket) {
    out += "file";
    append_field(out, "id", file.id);
    append_field(out, "from", record.sender_id);
    append_field(out, "name", record.name);
    append_field(out, "size", record.value);
    append_field(out, "sha256", hex_of(file.sha256));
    append_field(out, "ticket", hex_of(ticket));
    append_field(out, "port", record.number);
    append_target(out, record);
    end_line(out, file.name);
}

}  // namespace chat
