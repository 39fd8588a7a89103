// Storing, then disconnecting.
#include "chat-acceptor/desks/ban_acts.h"

#include "shared/records/operator.h"
#include "shared/system/journal.h"

#include <algorithm>
#include <string>
#include <utility>

namespace chat {
namespace {

// Of one client with one ban: about a millisecond.
constexpr std::size_t comparisons_a_tick = 200'000;
constexpr std::size_t comparisons_of_a_kick = 2000;
constexpr int reports_a_tick = 32;

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

// `192.0.2.7 name=Joker until=2026-11-20T12:31:05.123Z reason=spam`, or `account=Joker reason=spam`
std::string detail_of(const Ban& ban) {
    std::string detail = ban.account != 0 ? "account=" + ban.name : ban.network.text();
    if (ban.account == 0 && !ban.name.empty()) detail += " name=" + ban.name;
    if (ban.until != 0) detail += " until=" + time_text(ban.until);
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
                " is banned" + (stored.until != 0 ? " until " + time_text(stored.until) : std::string()),
                stored.operator_uid);
    kicked = kick_all_of(stored);
    floor_->publisher.ring();
    return Outcome::done;
}

std::uint32_t BanActs::kick_all_of(const Ban& ban) {
    std::uint32_t kicked = 0;
    for (const SlotId client : connected_clients(floor_->segment.slots())) {
        const ClientRow& row = floor_->tables.sessions.row(client.slot);
        const auto address = Address::of_peer(row.peer_view());
        const bool is_meant = ban.account != 0 ? row.account == ban.account : address && ban.network.contains(*address);
        if (!is_meant) continue;
        if (!operators_->kick(client, ban.reason, ban.operator_uid)) {
            is_sweeping_ = true;  // the rest at the next ticks
            sweep_at_ = 0;
            break;
        }
        ++kicked;
    }
    return kicked;
}

// All clients and all bans: with the maximum of both, in one go, everybody would wait for a second.
void BanActs::sweep() {
    const std::size_t slots = floor_->segment.slots().size();
    const Microseconds now = wall_clock();
    std::size_t left = comparisons_a_tick;
    for (; sweep_at_ < slots && left > 0; ++sweep_at_) {
        const ClientRow& row = floor_->tables.sessions.row(sweep_at_);
        if (row.state != SlotState::connected) continue;
        left -= std::min(left, floor_->bans.size() + 1);
        const auto address = Address::of_peer(row.peer_view());
        const Ban* ban = address ? floor_->bans.find(*address, now) : nullptr;
        if (ban == nullptr) continue;
        if (!operators_->kick({sweep_at_, row.generation}, ban->reason, ban->operator_uid)) return;
        left -= std::min(left, comparisons_of_a_kick);
    }
    is_sweeping_ = sweep_at_ < slots;
}

void BanActs::tick() {
    if (is_sweeping_) sweep();
    report_lifted();
}

BanActs::Outcome BanActs::note_lifted(BanList::Outcome outcome, std::uint32_t operator_uid,
                                      const std::vector<Ban>& lifted) {
    if (outcome != BanList::Outcome::done) return outcome_of(outcome);
    for (const Ban& ban : lifted) lifted_.push_back({ban, operator_uid});
    report_lifted();
    return Outcome::done;
}

// One name may have been banned at thousands of addresses.
void BanActs::report_lifted() {
    if (lifted_.empty()) return;
    for (int i = 0; i < reports_a_tick && !lifted_.empty() && floor_->publisher.has_control_room(); ++i) {
        const auto& [ban, operator_uid] = lifted_.front();
        journal_ban("ban-lifted", ban, " is no longer banned", operator_uid);
        floor_->publish(
            records::Note{.what = NoteKind::unbanned, .detail = detail_of(ban), .operator_uid = operator_uid}.record());
        lifted_.pop_front();
    }
    floor_->publisher.ring();
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
