// Identities: rows, maps and unused numbers.
#include "chat-acceptor/state/sessions.h"

#include "chat-acceptor/state/kept_gift.h"
#include "chat-acceptor/state/quiet.h"
#include "chat-acceptor/state/random_number.h"
#include "shared/memory/slot_notes.h"
#include "shared/records/answer.h"
#include "shared/records/session.h"
#include "shared/system/crash_point.h"
#include "shared/text/text_rules.h"

#include <algorithm>
#include <cstring>
#include <iterator>

namespace chat {
namespace {

using records::SessionKind;
constexpr std::uint32_t seconds_of_hour = 3600;
std::uint32_t seconds_of(Microseconds at) noexcept {
    return static_cast<std::uint32_t>(at / 1'000'000);
}

}  // namespace

bool is_client_here(const Segment& segment, SlotId client) noexcept {
    if (client.slot >= segment.slots().size()) return false;
    const ClientRow& row = valid_row(segment.slots()[client.slot]);
    return row.generation == client.generation && row.state == SlotState::connected;
}

Sessions::Sessions(const Segment& segment) : segment_(&segment), departed_(segment) {
    for (const SlotId client : connected_clients(segment.slots())) index_client(client.slot, row(client.slot));
    std::sort(everyone_.begin(), everyone_.end(),
              [this](SlotId a, SlotId b) { return row(a.slot).session < row(b.slot).session; });
}

void Sessions::index_client(std::uint32_t slot, const ClientRow& row) {
    const SlotId client{slot, row.generation};
    by_id_[row.client_id] = client;
    if (row.is_unregistered != 0) ++unregistered_;
    if (row.is_unregistered != 0) return;
    if (dialect_id(row.dialect) == DialectId::irc) {
        ++irc_;
        irc_operators_ += irc_row(slot).is_operator;
    }
    everyone_.push_back(client);
    by_name_[fold_case(row.name_view())] = client;
    if (row.announced != 0) ++announced_;
    if (row.is_quiet != 0) ++quiet_;
}

void Sessions::apply(const Record& record, Position end) {
    if (record.session == 0 || record.sender.slot >= segment_->slots().size()) return;
    Slot& slot = segment_->slots()[record.sender.slot];
    if (record.kind == RecordKind::connected) apply_connected(record, slot);
    const ClientRow& now = valid_row(slot);
    if (now.generation != record.sender.generation) return;
    if (now.changed_by < record.sequence) {
        if (record.kind == RecordKind::departed)
            apply_departed(record, end, slot);
        else if (changes_row(record, now))
            apply_change(record, end, slot);
    }
    if (record.sender_state >> 1U > slot.parsed.load(std::memory_order_relaxed) >> 1U)
        slot.parsed.store(record.sender_state, std::memory_order_release);
    CHAT_CRASH_POINT("sessions: line parsed");
}

// Most messages do not; a client's first successful command does, and a list in parts.
bool Sessions::changes_row(const Record& record, const ClientRow& row) noexcept {
    const bool is_under_way = row.list_count != 0 || row.is_getting_kept != 0 || row.line_step != 0;
    if (record.kind == RecordKind::message && row.has_succeeded != 0 && row.is_quiet == 0 && !is_under_way)
        return record.next_step != 0;
    switch (records::session_kind(record)) {
        case SessionKind::online:
        case SessionKind::renamed:
        case SessionKind::closed:
        case SessionKind::logged_in:
        case SessionKind::quieted:
        case SessionKind::kept_page:
        case SessionKind::introduced:
            return true;
        case SessionKind::seen:
        case SessionKind::connected:
        case SessionKind::departed:
            break;
    }
    if (records::is_part_of_list(record) || record.next_step != 0) return true;
    if (record.sender_state != 0 && is_under_way) return true;
    if (record.kind == RecordKind::dialect_answer && !records::DialectAnswer::of(record).row.empty()) return true;
    if (row.is_quiet != 0 && ends_quiet(record)) return true;
    return row.has_succeeded == 0 && row.is_unregistered == 0 && record.is_success();
}

void Sessions::apply_change(const Record& record, Position end, Slot& slot) {
    const ClientRow& now = valid_row(slot);
    ClientRow row = now;
    row.changed_by = record.sequence;
    const bool is_in = row.is_unregistered == 0 || record.kind == RecordKind::introduced;
    if (record.is_success() && is_in) row.has_succeeded = 1;
    if (ends_quiet(record)) row.is_quiet = 0;
    if (records::is_part_of_list(record) && family_of(record.kind) != RecordFamily::session)
        row.set_list(records::cursor_in(record), records::rows_so_far(record));
    else if (record.sender_state != 0 || record.next_step != 0)
        row.set_list({}, 0);
    if (record.sender_state != 0) row.is_getting_kept = 0;  // its line is consumed
    if (record.next_step != 0 || record.sender_state != 0) row.line_step = record.next_step;
    if (record.kind == RecordKind::dialect_answer) replace_irc_row(record, records::DialectAnswer::of(record).row);
    switch (records::session_kind(record)) {
        case SessionKind::online:
            row.announced = 1;
            ++announced_;
            break;
        case SessionKind::renamed: {
            const auto renamed = records::Renamed::of(record);
            take_name(record, row);
            row.account = renamed.account;
            if (row.account == 0) row.account_since = 0;
            row.has_chosen_name = renamed.given ? 0 : 1;
            break;
        }
        case SessionKind::logged_in:
            take_name(record, row);
            row.account = records::LoggedIn::of(record).account;
            row.account_since = records::LoggedIn::of(record).since;
            row.has_chosen_name = 1;
            take_kept(records::LoggedIn::of(record), row);
            break;
        case SessionKind::kept_page:
            row.kept_upto = records::KeptPage::of(record).upto;
            row.is_getting_kept = records::KeptPage::of(record).more ? getting_kept::more : 0;
            break;
        case SessionKind::closed:
            row.state = SlotState::closed;
            row.leaving_end = end;
            break;
        case SessionKind::quieted:
            row.is_quiet = 1;
            break;
        case SessionKind::introduced:
            introduce(record, row);
            break;
        case SessionKind::seen:
        case SessionKind::connected:
        case SessionKind::departed:
            break;
    }
    quiet_ = quiet_ + row.is_quiet - now.is_quiet;
    replace_row(slot, row);
}

// From now on it is a client like any other.
void Sessions::introduce(const Record& record, ClientRow& row) {
    if (row.is_unregistered == 0) return;
    replace_irc_row(record, records::Introduced::of(record).row);
    --unregistered_;
    row.is_unregistered = 0;
    row.has_chosen_name = 1;
    row.set_name(record.name);
    if (const IrcRow& irc = irc_row(record.sender.slot); equal_ignoring_case(irc.account_name.view(), record.name)) {
        row.account = irc.account;
        row.account_since = irc.account_since;
        expect_kept(irc.account, row);
    }
    index_client(record.sender.slot, row);
    // It may have connected before some of those who are in the list.
    std::inplace_merge(everyone_.begin(), std::prev(everyone_.end()), everyone_.end(),
                       [this](SlotId a, SlotId b) { return this->row(a.slot).session < this->row(b.slot).session; });
}

// The row is stored before the client's own row says that the record was applied.
void Sessions::replace_irc_row(const Record& record, std::string_view bytes) {
    if (bytes.size() != sizeof(IrcRow)) return;
    IrcRow row;
    std::memcpy(&row, bytes.data(), sizeof row);
    row.generation = record.sender.generation;
    if (this->row(record.sender.slot).is_unregistered == 0)
        irc_operators_ += row.is_operator - irc_row(record.sender.slot).is_operator;
    replace_row(segment_->irc()[record.sender.slot], row);
}

void Sessions::take_name(const Record& record, ClientRow& row) {
    by_name_.erase(fold_case(row.name_view()));
    by_name_[fold_case(record.name)] = record.sender;
    row.set_name(record.name);
}

void Sessions::apply_connected(const Record& record, Slot& slot) {
    if (valid_row(slot).changed_by >= record.sequence) return;
    slot.parsed.store(0, std::memory_order_relaxed);
    CHAT_CRASH_POINT("sessions: slot's inbox begun");
    slot.inbox_base.store(0, std::memory_order_relaxed);
    slot.attempt.store(0, std::memory_order_relaxed);
    const auto connected = records::Connected::of(record);
    ClientRow row{};
    row.generation = record.sender.generation;
    row.client_id = record.sender_id;
    row.session = record.session;
    row.connected_at = record.at;
    row.cookie = connected.cookie;
    row.changed_by = record.sequence;
    row.state = SlotState::connected;
    row.dialect = static_cast<std::uint8_t>(connected.dialect);
    row.set_tls(connected.tls);
    row.set_name(record.name);
    row.set_peer(connected.peer);
    if (connected.dialect == DialectId::irc) {
        row.is_unregistered = 1;
        IrcRow irc{};
        irc.generation = record.sender.generation;
        replace_row(segment_->irc()[record.sender.slot], irc);
    }
    replace_row(slot, row);
    index_client(record.sender.slot, row);
}

void Sessions::apply_departed(const Record& record, Position end, Slot& slot) {
    ClientRow row = valid_row(slot);
    const bool was_registered = row.is_unregistered == 0;
    if (was_registered) departed_.remember(record, row, irc_row(record.sender.slot));
    if (const std::size_t index = row.client_id - lowest_client_id; index < segment_->id_last_used().size())
        segment_->id_last_used()[index] = seconds_of(record.at);
    by_id_.erase(row.client_id);
    if (was_registered) {
        by_name_.erase(fold_case(row.name_view()));
        if (dialect_id(row.dialect) == DialectId::irc) {
            --irc_;
            irc_operators_ -= irc_row(record.sender.slot).is_operator;
        }
    } else {
        --unregistered_;
    }
    const auto found = std::lower_bound(
        everyone_.begin(), everyone_.end(), row.session,
        [this](SlotId client, std::uint64_t session) { return this->row(client.slot).session < session; });
    if (was_registered && found != everyone_.end() && *found == record.sender) {
        everyone_.erase(found);
        if (row.announced != 0) --announced_;
        if (row.is_quiet != 0) --quiet_;
    }
    row.changed_by = record.sequence;
    row.state = SlotState::departed;
    row.reason = records::Departed::of(record).reason;
    row.leaving_end = end;
    replace_row(slot, row);
}

std::optional<SlotId> Sessions::find_id(std::uint32_t client_id) const {
    const auto found = by_id_.find(client_id);
    if (found == by_id_.end() || row(found->second.slot).is_unregistered != 0) return std::nullopt;
    return found->second;
}

std::optional<SlotId> Sessions::find_name(std::string_view name) const {
    const auto found = by_name_.find(std::string_view(FoldedName(name)));
    return found != by_name_.end() ? std::optional(found->second) : std::nullopt;
}

bool Sessions::is_free_slot(std::uint32_t number) const noexcept {
    const Slot& slot = segment_->slots()[number];
    const ClientRow& row = valid_row(slot);
    if (row.state == SlotState::unused || row.state == SlotState::connected) return row.state == SlotState::unused;
    if (row.state == SlotState::departed && row.kept_account != 0) return false;  // a closing record will follow
    const SlotId client{number, row.generation};
    if (!has_ended(slot, client) || (!has_ended_cleanly(slot, client) && row.state != SlotState::closed)) return false;
    const QueueWords& words = segment_->words();
    return words.head.load(std::memory_order_acquire) >= row.leaving_end &&
           words.logged.load(std::memory_order_acquire) >= row.leaving_end;
}

std::optional<SlotId> Sessions::find_free_slot() const {
    const auto count = static_cast<std::uint32_t>(segment_->slots().size());
    for (std::uint32_t i = 0; i < count; ++i) {
        const std::uint32_t slot = (next_slot_ + i) % count;
        if (!is_free_slot(slot)) continue;
        next_slot_ = (slot + 1) % count;
        return SlotId{slot, row(slot).generation + 1};
    }
    return std::nullopt;
}

std::uint32_t Sessions::choose_id(Microseconds now) const {
    const auto last_used = segment_->id_last_used();
    const std::uint32_t recent = seconds_of(now) - seconds_of_hour;
    constexpr int tries = 64;
    const auto count = static_cast<std::uint32_t>(last_used.size());
    for (int i = 0; i < tries; ++i) {
        const std::uint32_t index = random_below(count);
        if (last_used[index] <= recent && !by_id_.contains(lowest_client_id + index)) return lowest_client_id + index;
    }
    // Hardly any id has been unused for an hour: take the one that has been unused longest.
    std::uint32_t best = count;
    for (std::uint32_t index = 0; index < count; ++index)
        if (!by_id_.contains(lowest_client_id + index) && (best == count || last_used[index] < last_used[best]))
            best = index;
    return lowest_client_id + best;
}

std::string Sessions::choose_name() const {
    constexpr std::string_view characters = "abcdefghijklmnopqrstuvwxyz0123456789";
    constexpr std::uint32_t letters = 26;
    constexpr std::size_t size = 10;
    for (;;) {
        std::string name(1, characters[random_below(letters)]);
        while (name.size() < size) name += characters[random_below(static_cast<std::uint32_t>(characters.size()))];
        if (!by_name_.contains(name)) return name;
    }
}

}  // namespace chat
