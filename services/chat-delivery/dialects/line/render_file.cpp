// One function per kind of line.
#include "chat-delivery/dialects/line/render_file.h"

#include "chat-delivery/dialects/line/spelling.h"
#include "shared/text/hex.h"

namespace chat {
namespace {

using records::FileKind;

void append_target(std::string& out, const MessageTarget& target) {
    const TargetFields to = fields_of(target);
    switch (to.scope) {
        case MessageScope::direct:
            append_field(out, "to", to.id);
            break;
        case MessageScope::room:
            out.append(" to=room:").append(to.name);
            break;
        case MessageScope::group:
            out.append(" to=group:").append(to.name);
            break;
        case MessageScope::broadcast:  // files are never broadcast
            break;
    }
}

void append_upload(std::string& out, const Record& record) {
    const auto offered = records::UploadOffered::of(record);
    if (!offered) return;
    out += "upload";
    append_field(out, "file", record.sequence);
    append_field(out, "ticket", hex_of(offered->info.ticket));
    append_field(out, "port", offered->port);
    append_field(out, "receipts", "yes");
    append_tag(out, record.tag);
    end_line(out);
}

struct Receipt {
    std::string_view outcome = {};  // empty: the sender does not receive one
    std::string_view before = {};   // the file's name, for people
    std::string_view after = {};
};

Receipt receipt_of(FileEnd end) noexcept {
    switch (end) {
        case FileEnd::delivered:
            return {"taken", " has taken ", ""};
        case FileEnd::declined:
            return {"declined", " has declined ", ""};
        case FileEnd::lapsed:
        case FileEnd::expired:
            return {"expired", " has not taken ", " in time"};
        case FileEnd::gone:
            return {"gone", " has left without taking ", ""};
        case FileEnd::bad_hash:
        case FileEnd::bad_size:
        case FileEnd::no_space:
        case FileEnd::sender_gone:
            break;
    }
    return {};
}

void append_receipt(std::string& out, const Record& record) {
    const auto ended = records::TicketEnded::of(record);
    if (!ended || ended->file.receiver_id == 0) return;
    const Receipt receipt = receipt_of(ended->end);
    if (receipt.outcome.empty()) return;
    out += "receipt";
    append_field(out, "id", ended->file.id);
    append_field(out, "from", ended->file.receiver_id);
    append_field(out, "name", ended->file.receiver_name);
    append_field(out, "outcome", receipt.outcome);
    std::string text(ended->file.receiver_name);
    text.append(receipt.before).append(ended->file.file_name).append(receipt.after);
    end_line(out, text);
}

}  // namespace

void append_file_answer(std::string& out, const Record& record) {
    switch (records::file_kind(record)) {
        case FileKind::upload_offered:
            append_upload(out, record);
            return;
        case FileKind::ticket_ended:
            append_receipt(out, record);
            return;
        case FileKind::offered:
        case FileKind::ended:
            return;
    }
}

void append_file(std::string& out, const Record& record, const records::FileOffered& offered, const Ticket& ticket) {
    out += "file";
    append_field(out, "id", offered.file.id);
    append_field(out, "from", record.sender_id);
    append_field(out, "name", record.name);
    append_field(out, "size", offered.size);
    append_field(out, "sha256", hex_of(offered.file.sha256));
    append_field(out, "ticket", hex_of(ticket));
    append_field(out, "port", offered.port);
    if (offered.has_receipts) append_field(out, "receipts", "yes");
    append_target(out, offered.to);
    end_line(out, offered.file.name);
}

}  // namespace chat
