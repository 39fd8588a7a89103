// Inserts.
#include "chat-delivery/log/message_inserts.h"

#include <string>

namespace chat {
namespace {

std::string insertion_of(std::size_t rows) {
    std::string sql =
        "INSERT INTO message (id, at, kind, sender, receiver, channel, receivers, discarded, characters, text,"
        " sender_name_then, sender_account, receiver_account, form) VALUES ";
    constexpr std::string_view values = "(?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?)";
    for (std::size_t row = 0; row < rows; ++row) sql.append(row == 0 ? "" : ", ").append(values);
    return sql;
}

void bind_unless_empty(Statement& insert, std::string_view text) {
    if (text.empty())
        insert.bind_null();
    else
        insert.bind(text);
}

void bind(Statement& insert, const MessageRow& row) {
    insert.bind(row.id).bind(row.at).bind(row.kind).bind(row.sender).bind_unless_zero(row.receiver);
    bind_unless_empty(insert, row.channel);
    insert.bind(row.receivers).bind(row.discarded ? 1 : 0).bind(row.characters);
    if (row.text)
        insert.bind(*row.text);
    else
        insert.bind_null();
    insert.bind(row.sender_name).bind_unless_zero(row.sender_account).bind_unless_zero(row.receiver_account);
    bind_unless_empty(insert, row.form);
}

}  // namespace

MessageInserts::MessageInserts(Database& database)
    : insert_one_(database, insertion_of(1).c_str()), insert_many_(database, insertion_of(rows_a_statement).c_str()) {}

void MessageInserts::add(const MessageRow& row) {
    waiting_[count_++] = row;
    if (count_ < rows_a_statement) return;
    count_ = 0;
    for (const MessageRow& waiting : waiting_) bind(insert_many_, waiting);
    insert_many_.run();
}

void MessageInserts::flush() {
    const std::size_t count = count_;
    count_ = 0;
    for (std::size_t i = 0; i < count; ++i) {
        bind(insert_one_, waiting_[i]);
        insert_one_.run();
    }
}

}  // namespace chat
