// Storing, then disconnecting.
#include "chat-acceptor/desks/ban_acts.h"

#include "shared/records/operator.h"
#include "shared/system/journal.h"

#include <string>
#include <utility>

namespace chat {
namespace {

BanActs::Outcome outcome_of(BanList::Outcome outcome) noexcept {
    switch (outcome) {
        case BanList::Outcome::done:
            return BanActs::Outcome::done;
        case BanList::Outcome::full:
            return BanActs::Outcome::full;
        case BanList::Outcome::absent:
            return BanActs::Outcome::absent;
        case BanList::Outcome::not_stored:
            break;
    }
    return BanActs::Outcome::not_stored;
}

std::string end_of(const Ban& ban) {
    std::string text;
    if (ban.until != 0) append_time(text, ban.until);
    return text;
}

// `192.0.2.7 name=Joker until=2026-11-20T12:31:05.123Z reason=spam`, or `account=Joker reason=spam`
std::string detail_of(const Ban& ban) {
    std::string detail = ban.account != 0 ? "account=" + ban.name : ban.network.text();
    if (ban.account == 0 && !ban.name.empty()) detail += " name=" + ban.name;
    if (ban.until != 0) detail += " until=" + end_of(ban);
    return detail + " reason=" + ban.reason;
}

void journal_ban(Event event, const Ban& ban, const std::string& what, std::uint32_t operator_uid) {
    const std::string uid = std::to_string(operator_uid);
    const std::string whom = ban.account != 0 ? "The account " + ban.name : ban.network.text();
    journal(Priority::notice, event, whom + what + " by the operator with uid " + uid,
            {{"CHAT_ADDRESS", ban.account != 0 ? std::string() : ban.network.text()},
             {"CHAT_CLIENT_NAME", ban.name},
             {"CHAT_OPERATOR_UID", uid}});
}

}  // namespace

BanActs::Outcome BanActs::ban(Ban ban, std::uint32_t& kicked) {
    kicked = 0;
    if (!floor_->publisher.has_control_room()) return Outcome::busy;
    const Ban stored = ban;
    if (const auto outcome = floor_->bans.add(std::move(ban)); outcome != BanList::Outcome::done)
        return outcome_of(outcome);
    floor_->publish(
        records::Note{.what = NoteKind::banned, .detail = detail_of(stored), .operator_uid = stored.operator_uid}
            .record());
    journal_ban("client-banned", stored,
                " is banned" + (stored.until != 0 ? " until " + end_of(stored) : std::string()), stored.operator_uid);
    is_sweeping_ = true;
    kicked = sweep();
    floor_->publisher.ring();
    return Outcome::done;
}

std::uint32_t BanActs::sweep() {
    std::uint32_t kicked = 0;
    const Microseconds now = wall_clock();
    const auto everyone = floor_->tables.sessions.everyone();
    for (const SlotId client : std::vector<SlotId>(everyone.begin(), everyone.end())) {
        const ClientRow& row = floor_->tables.sessions.row(client.slot);
        const auto address = Address::of_peer(row.peer_view());
        const Ban* ban = address ? floor_->bans.find(*address, now) : nullptr;
        if (ban == nullptr) ban = floor_->bans.find_account(row.account, now);
        if (ban == nullptr) continue;
        if (!operators_->kick(client, ban->reason, ban->operator_uid)) return kicked;  // again at the next tick
        ++kicked;
    }
    is_sweeping_ = false;
    return kicked;
}

void BanActs::tick() {
    if (is_sweeping_) (void)sweep();
}

BanActs::Outcome BanActs::note_lifted(BanList::Outcome outcome, std::uint32_t operator_uid,
                                      const std::vector<Ban>& lifted) {
    if (outcome != BanList::Outcome::done) return outcome_of(outcome);
    for (const Ban& ban : lifted) {
        journal_ban("ban-lifted", ban, " is no longer banned", operator_uid);
        if (floor_->publisher.has_control_room())
            floor_->publish(
                records::Note{.what = NoteKind::unbanned, .detail = detail_of(ban), .operator_uid = operator_uid}
                    .record());
    }
    floor_->publisher.ring();
    return Outcome::done;
}

BanActs::Outcome BanActs::lift(const Network& network, std::uint32_t operator_uid, std::vector<Ban>& lifted) {
    if (!floor_->publisher.has_control_room()) return Outcome::busy;
    return note_lifted(floor_->bans.remove(network, lifted), operator_uid, lifted);
}

BanActs::Outcome BanActs::lift(std::string_view name, std::uint32_t operator_uid, std::vector<Ban>& lifted) {
    if (!floor_->publisher.has_control_room()) return Outcome::busy;
    return note_lifted(floor_->bans.remove(name, lifted), operator_uid, lifted);
}

}  // namespace chat
