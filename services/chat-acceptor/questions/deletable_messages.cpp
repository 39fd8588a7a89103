// Looks up one message.
#include "chat-acceptor/questions/deletable_messages.h"

#include "shared/records/message.h"
#include "shared/text/text_rules.h"

#include <chrono>
#include <limits>

namespace chat {
namespace {

constexpr std::chrono::seconds longest_lookup{1};

// The session, or the account, is this one. 0 is neither.
bool is_same(std::int64_t session, std::int64_t account, std::uint64_t of_session, std::uint64_t of_account) noexcept {
    return (session != 0 && session == static_cast<std::int64_t>(of_session)) ||
           (account != 0 && account == static_cast<std::int64_t>(of_account));
}

}  // namespace

DeletableMessages::DeletableMessages(const std::string& directory)
    : database_(directory, Database::Access::read),
      message_(database_,
               "SELECT kind, channel, sender, coalesce(sender_account, 0), coalesce(receiver, 0),"
               " coalesce(receiver_account, 0), text IS NULL FROM message WHERE id = ?"),
      room_(database_, "SELECT since FROM room WHERE name = ? AND history = 'on'"),
      receipt_(database_, "SELECT 1 FROM receipt WHERE message = ? AND receiver = ?") {}

Answer DeletableMessages::read(const DeletionQuestion& asked, HistoryPages& pages, std::uint64_t upto) {
    database_.stop_at(std::chrono::steady_clock::now() + longest_lookup);
    if (asked.id > static_cast<std::uint64_t>(std::numeric_limits<std::int64_t>::max()))
        return DeletionAnswer{}.answer();
    const bool is_there = message_.bind(static_cast<std::int64_t>(asked.id)).step();
    DeletionAnswer found = is_there ? find(asked) : DeletionAnswer{};
    found.is_gone = is_there && message_.number(6) != 0;
    message_.reset();
    found.account = asked.account;
    using Place = DeletionAnswer::Place;
    if (found.is_own || found.place == Place::conversation)
        found.is_visible = true;
    else if (found.place == Place::group)
        found.is_visible = has_received(asked);
    else if (found.place != Place::none)
        found.is_visible = is_visible(asked, pages, upto);
    return found.answer();
}

bool DeletableMessages::is_visible(const DeletionQuestion& asked, HistoryPages& pages, std::uint64_t upto) {
    if (asked.entered != 0 && asked.id >= asked.entered) return true;
    if (!asked.has_history) return false;
    const auto lowest = pages.lowest_visible({.room = asked.room,
                                              .is_lobby = asked.is_lobby,
                                              .opened = asked.opened,
                                              .joined = asked.joined,
                                              .registered = asked.registered},
                                             upto);
    return lowest && asked.id >= *lowest;
}

bool DeletableMessages::has_received(const DeletionQuestion& asked) {
    const bool has =
        receipt_.bind(static_cast<std::int64_t>(asked.id)).bind(static_cast<std::int64_t>(asked.session)).step();
    receipt_.reset();
    return has;
}

std::int64_t DeletableMessages::begin_of(const DeletionQuestion& asked) {
    const std::int64_t begin =
        room_.bind(asked.room).step() ? room_.number(0) : static_cast<std::int64_t>(asked.opened);
    room_.reset();
    return begin;
}

DeletionAnswer DeletableMessages::find(const DeletionQuestion& asked) {
    const std::string_view kind = message_.text(0);
    const std::string_view channel = message_.text(1);
    const std::int64_t sender = message_.number(2);
    const std::int64_t sender_account = message_.number(3);
    const std::int64_t receiver = message_.number(4);
    const std::int64_t receiver_account = message_.number(5);
    const bool is_own = is_same(sender, sender_account, asked.session, asked.account);
    if (kind == word_of(MessageScope::room)) {
        const bool is_here = !asked.room.empty() && equal_ignoring_case(channel, asked.room);
        const bool is_known = is_own || static_cast<std::int64_t>(asked.id) >= begin_of(asked);
        return is_here && is_known ? DeletionAnswer{.place = DeletionAnswer::Place::room, .is_own = is_own}
                                   : DeletionAnswer{};
    }
    if (kind == word_of(MessageScope::broadcast))
        return asked.is_lobby ? DeletionAnswer{.place = DeletionAnswer::Place::everyone, .is_own = is_own}
                              : DeletionAnswer{};
    if (kind == word_of(MessageScope::group)) {
        const bool is_here = asked.group != 0 && channel == std::to_string(asked.group);
        return is_here ? DeletionAnswer{.place = DeletionAnswer::Place::group, .is_own = is_own} : DeletionAnswer{};
    }
    const bool is_to_other = is_same(receiver, receiver_account, asked.other_session, asked.other_account);
    const bool is_from_other = is_same(sender, sender_account, asked.other_session, asked.other_account);
    const bool is_to_asker = is_same(receiver, receiver_account, asked.session, asked.account);
    if ((!is_own || !is_to_other) && (!is_from_other || !is_to_asker)) return {};
    return {.place = DeletionAnswer::Place::conversation,
            .is_own = is_own && is_to_other,
            .receiver_session = static_cast<std::uint64_t>(receiver),
            .receiver_account = static_cast<std::uint64_t>(receiver_account)};
}

}  // namespace chat
