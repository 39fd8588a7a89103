// Counting, and collecting.
#include "chat-acceptor/questions/kept_counts.h"

#include "chat-acceptor/questions/kept_question.h"
#include "shared/records/history.h"
#include "shared/records/message.h"
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
    if (!read || read->upto < changed_by_ || find(read->account)) return;
    if (counts_.size() >= most_counts) counts_.clear();
    // What was kept since then would have been counted, so nothing was: only a known number lets a message be kept.
    counts_[read->account] = {read->count, steady_clock()};
}

void KeptCounts::note(const Record& record) {
    if (records::is_kept_message(record)) return note_kept(record);
    const bool is_login = record.kind == RecordKind::logged_in;
    if (is_login || record.kind == RecordKind::closed || record.kind == RecordKind::kept_ended) {
        counts_.clear();
        changed_by_ = record.sequence;
    }
    if (is_login && !records::LoggedIn::of(record).kept.more) collections_.erase(records::LoggedIn::of(record).account);
    if (record.kind == RecordKind::kept_page && !records::KeptPage::of(record).more)
        collections_.erase(records::KeptPage::of(record).account);
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
