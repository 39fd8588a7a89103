// Inserts and completes file rows.
#include "chat-delivery/log/file_log.h"

#include "shared/records/file.h"
#include "shared/text/hex.h"

namespace chat {
namespace {

using records::FileKind;

std::string_view word_of(FileEnd end) noexcept {
    switch (end) {
        case FileEnd::delivered:
            return "delivered";
        case FileEnd::gone:
            return "gone";
        case FileEnd::lapsed:
            return "lapsed";
        case FileEnd::expired:
            return "expired";
        case FileEnd::bad_hash:
            return "hash-mismatch";
        case FileEnd::bad_size:
            return "bad-size";
        case FileEnd::no_space:
            return "no-space";
        case FileEnd::declined:
            return "declined";
        case FileEnd::sender_gone:
            break;
    }
    return "sender-gone";
}

}  // namespace

FileLog::FileLog(Database& database)
    : insert_(database,
              "INSERT OR IGNORE INTO file (id, at, kind, sender, receiver, channel, name, size, sha256)"
              " VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?)"),
      store_(database, "UPDATE file SET stored_at = ?, receivers = ? WHERE id = ? AND stored_at IS NULL"),
      insert_receipt_(database, "INSERT OR IGNORE INTO file_receipt (file, receiver, offered_at) VALUES (?, ?, ?)"),
      end_receipt_(database,
                   "UPDATE file_receipt SET ended_at = ?, outcome = ? WHERE file = ? AND receiver = ?"
                   " AND outcome IS NULL"),
      // An offered file counts as delivered if at least one receiver has it; otherwise it gets the last receiver's
      // outcome.
      end_(database,
           "UPDATE file SET ended_at = ?1, outcome = coalesce((SELECT outcome FROM file_receipt"
           " WHERE file = ?3 AND outcome IS NOT NULL ORDER BY outcome = 'delivered' DESC, ended_at DESC LIMIT 1), ?2)"
           " WHERE id = ?3 AND outcome IS NULL") {}

void FileLog::write(const Record& record, bool keep_names) {
    switch (records::file_kind(record)) {
        case FileKind::upload_offered:
            write_upload(record, keep_names);
            return;
        case FileKind::offered:
            write_offer(record);
            return;
        case FileKind::ticket_ended:
            if (const auto ended = records::TicketEnded::of(record))
                end_receipt_.bind(record.at)
                    .bind(word_of(ended->end))
                    .bind(static_cast<std::int64_t>(ended->file.id))
                    .bind(static_cast<std::int64_t>(ended->file.receiver))
                    .run();
            return;
        case FileKind::ended:
            if (const auto ended = records::FileEnded::of(record))
                end_.bind(record.at).bind(word_of(ended->end)).bind(static_cast<std::int64_t>(ended->file.id)).run();
            return;
    }
}

void FileLog::write_upload(const Record& record, bool keep_names) {
    const auto offered = records::UploadOffered::of(record);
    if (!offered) return;
    const TargetFields to = fields_of(offered->to);
    const std::string sum = hex_of(offered->info.sha256);
    insert_.bind(static_cast<std::int64_t>(record.sequence)).bind(record.at).bind(word_of(to.scope));
    insert_.bind(static_cast<std::int64_t>(record.session));
    if (to.scope == MessageScope::direct)
        insert_.bind(static_cast<std::int64_t>(to.session)).bind_null();
    else
        insert_.bind_null().bind(to.name);
    if (keep_names)
        insert_.bind(offered->info.name);
    else
        insert_.bind_null();
    insert_.bind(static_cast<std::int64_t>(offered->size)).bind(sum).run();
}

void FileLog::write_offer(const Record& record) {
    auto offered = records::FileOffered::of(record);
    if (!offered) return;
    const auto file = static_cast<std::int64_t>(offered->file.id);
    store_.bind(record.at).bind(static_cast<std::int64_t>(offered->receivers.size())).bind(file).run();
    while (const auto ticket = take_ticket_info(offered->tickets))
        insert_receipt_.bind(file).bind(static_cast<std::int64_t>(ticket->session)).bind(record.at).run();
}

}  // namespace chat
