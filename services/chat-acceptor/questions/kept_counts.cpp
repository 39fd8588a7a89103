// Counting, and collecting.
#include "chat-acceptor/questions/kept_counts.h"

#include "chat-acceptor/questions/kept_question.h"
#include "shared/records/history.h"
#include "shared/records/message.h"
#include "shared/records/operator.h"
#include "shared/records/session.h"

namespace chat {
namespace {

// Rows also go because they are too old, or were forgotten: nobody says so.
constexpr Microseconds longest_trust = 60'000'000;
constexpr Microseconds longest_collection = 120'000'000;
constexpr std::size_t most_counts = 100'000;

}  // namespace

std::optional<std::uint64_t> KeptCounts::find(std::uint32_t account) const {
    const auto found = counts_.find(account);
    if (found == counts_.end() || steady_clock() - found->second.learned_at > longest_trust) return std::nullopt;
    return found->second.number;
}

void KeptCounts::learn(const Answer& answer) {
    if (!answer.is_preliminary) return;
    const auto read = KeptAnswer::of(answer);
    if (!read || find(read->account)) return;
    const auto changed = changed_by_.find(read->account);
    if (read->upto < (changed != changed_by_.end() ? changed->second : all_changed_by_)) return;
    if (counts_.size() >= most_counts) counts_.clear();
    // What was kept since then would have been counted, so nothing was: only a known number lets a message be kept.
    counts_[read->account] = {read->count, steady_clock()};
}

void KeptCounts::forget(std::uint32_t account, std::uint64_t sequence) {
    if (account == 0) return;
    counts_.erase(account);
    if (changed_by_.size() >= most_counts) {
        changed_by_.clear();
        all_changed_by_ = sequence;
    }
    changed_by_[account] = sequence;
}

bool KeptCounts::concerns(const Record& record) noexcept {
    return record.kind == RecordKind::closed || record.kind == RecordKind::kept_ended ||
           record.kind == RecordKind::logged_in || record.kind == RecordKind::kept_page ||
           records::is_kept_message(record);
}

void KeptCounts::note(const Record& record) {
    if (record.kind == RecordKind::closed) {
        forget(records::Closed::of(record).gift.account, record.sequence);
    } else if (record.kind == RecordKind::kept_ended) {
        forget(records::KeptEnded::of(record).gift.account, record.sequence);
    } else if (record.kind == RecordKind::logged_in) {
        const auto login = records::LoggedIn::of(record);
        forget(login.account, record.sequence);
        if (!login.kept.more) collections_.erase(login.account);
    } else if (record.kind == RecordKind::kept_page) {
        const auto page = records::KeptPage::of(record);
        if (!page.more) collections_.erase(page.account);
    } else {
        note_kept(record);
    }
}

void KeptCounts::note_kept(const Record& record) {
    const auto message = records::Message::of(record);
    if (const auto count = counts_.find(message.receiver_account); count != counts_.end()) ++count->second.number;
    const auto collection = collections_.find(message.receiver_account);
    if (collection == collections_.end()) return;
    const HistoryInfo row{.id = record.sequence,
                          .at = record.at,
                          .from = record.sender_id,
                          .scope = MessageScope::direct,
                          .has_account = message.account != 0,
                          .name = record.name,
                          .form = records::word_of_form(message.form),
                          .text = message.text};
    std::string packed;
    append_history_info(packed, row);
    collection->second.messages.push_back({record.sequence, std::move(packed), line_size_of(row)});
}

void KeptCounts::collect(std::uint32_t account) {
    const Microseconds now = steady_clock();
    // A login may have ended without a record.
    std::erase_if(collections_, [&](const auto& each) {
        return each.first != account && now - each.second.begun_at > longest_collection;
    });
    collections_.try_emplace(account, Collection{now}).first->second.begun_at = now;
}

std::span<const KeptCounts::Collected> KeptCounts::collected(std::uint32_t account) const {
    const auto found = collections_.find(account);
    return found == collections_.end() ? std::span<const Collected>() : found->second.messages;
}

}  // namespace chat
