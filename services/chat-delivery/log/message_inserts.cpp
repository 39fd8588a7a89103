// Inserts.
#include "chat-delivery/log/message_inserts.h"

namespace chat {
namespace {

ColumnValue unless_zero(std::int64_t number) noexcept {
    return number == 0 ? ColumnValue() : number;
}

ColumnValue unless_empty(std::string_view text) noexcept {
    return text.empty() ? ColumnValue() : text;
}

}  // namespace

MessageInserts::MessageInserts(Database& database) {
    constexpr int columns = 14;
    // In the order of the table: SQLite then copies no value.
    add_to(database, "waiting_message", columns);
    insert_.emplace(database,
                    "INSERT INTO message (id, at, kind, sender, receiver, channel, receivers, discarded, characters,"
                    " text, sender_account, sender_name_then, form, receiver_account) SELECT * FROM waiting_message");
}

void MessageInserts::add(const MessageRow& row) {
    waiting_[count_++] = row;
    if (count_ == rows_a_statement) flush();
}

void MessageInserts::flush() {
    if (count_ == 0) return;
    insert_->run();
    count_ = 0;
}

ColumnValue MessageInserts::value(std::size_t row, int column) const noexcept {
    const MessageRow& message = waiting_[row];
    switch (column) {
        case 0:
            return message.id;
        case 1:
            return message.at;
        case 2:
            return message.kind;
        case 3:
            return message.sender;
        case 4:
            return unless_zero(message.receiver);
        case 5:
            return unless_empty(message.channel);
        case 6:
            return message.receivers;
        case 7:
            return std::int64_t{message.discarded ? 1 : 0};
        case 8:
            return message.characters;
        case 9:
            return message.text ? ColumnValue(*message.text) : ColumnValue();
        case 10:
            return unless_zero(message.sender_account);
        case 11:
            return message.sender_name;
        case 12:
            return unless_empty(message.form);
        case 13:
            return unless_zero(message.receiver_account);
        default:
            return {};
    }
}

}  // namespace chat
