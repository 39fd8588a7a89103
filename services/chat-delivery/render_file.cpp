// One function a kind of line.
#include "chat-delivery/render_file.h"

namespace chat {
namespace {

void append_target(std::string& out, MessageScope scope, const Record& record) {
    switch (scope) {
        case MessageScope::room:
            out.append("room:").append(record.target);
            break;
        case MessageScope::group:
            out.append("group:").append(record.target);
            break;
        default:
            out += std::to_string(record.target_id);
            break;
    }
}

}  // namespace

void append_upload(std::string& out, const Record& record) {
    const auto info = take_upload_info(record.text);
    if (!info) return;
    out.append("upload file=").append(std::to_string(record.sequence)).append(" ticket=");
    append_hex(out, info->ticket.data(), info->ticket.size());
    out.append(" port=").append(std::to_string(record.number));
    if (!record.tag.empty()) out.append(" tag=").append(record.tag);
    out += '\n';
}

void append_file(std::string& out, const Record& record, const FileInfo& file, const Ticket& ticket) {
    out.append("file id=").append(std::to_string(file.id));
    out.append(" from=").append(std::to_string(record.sender_id));
    out.append(" name=").append(record.name);
    out.append(" size=").append(std::to_string(record.value));
    out += " sha256=";
    append_hex(out, file.sha256.data(), file.sha256.size());
    out += " ticket=";
    append_hex(out, ticket.data(), ticket.size());
    out.append(" port=").append(std::to_string(record.number)).append(" to=");
    append_target(out, static_cast<MessageScope>(record.scope), record);
    out.append(" :").append(file.name).append("\n");
}

void append_undelivered_file(std::string& out, const Record& record, const FileInfo& file) {
    out.append("undelivered id=").append(std::to_string(file.id));
    out.append(" to=").append(std::to_string(record.target_id)).append(" reason=disconnected :");
    out.append(std::to_string(record.target_id)).append(" (").append(record.target);
    out.append(") is now disconnected; the file was discarded.\n");
}

}  // namespace chat
