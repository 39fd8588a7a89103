// Rows and maps of those who left.
#include "chat-acceptor/state/departed_clients.h"

#include "shared/records/dialect_id.h"
#include "shared/system/crash_point.h"

#include <algorithm>

namespace chat {
namespace {

constexpr Microseconds an_hour = 3'600'000'000;

bool is_within_an_hour(Microseconds at, Microseconds now) noexcept {
    return at >= now - an_hour;
}

}  // namespace

DepartedClients::DepartedClients(const Segment& segment) : segment_(&segment) {
    const auto departed = segment.departed();
    for (std::size_t i = 0; i < departed.size(); ++i) {
        const DepartedRow& row = departed[i];
        if (row.left_by == 0) continue;
        const auto newer = [&](const auto& map, const auto& key) {
            const auto found = map.find(key);
            return found == map.end() || departed[found->second].left_by < row.left_by;
        };
        const std::string name = fold_case(row.name_view());
        if (newer(by_id_, row.client_id)) by_id_[row.client_id] = i;
        if (newer(by_name_, name)) by_name_[name] = i;
        if (row.left_by > last_) {
            last_ = row.left_by;
            next_ = (i + 1) % departed.size();
        }
    }
}

void DepartedClients::remember(const Record& record, const ClientRow& row, const IrcRow& irc) {
    if (record.sequence <= last_) return;
    DepartedRow& place = segment_->departed()[next_];
    const auto forget = [this](auto& map, const auto& key) {
        if (const auto found = map.find(key); found != map.end() && found->second == next_) map.erase(found);
    };
    if (place.left_by != 0) {
        forget(by_id_, place.client_id);
        forget(by_name_, fold_case(place.name_view()));
    }
    place.left_by = 0;
    place.left_at = record.at;
    place.session = row.session;
    place.client_id = row.client_id;
    place.account_hint = account_hint(row.account);
    place.name_size = row.name_size;
    std::copy(std::begin(row.name), std::end(row.name), std::begin(place.name));
    const bool spoke_irc = dialect_id(row.dialect) == DialectId::irc;
    place.irc_user.set(spoke_irc ? irc.user.view() : std::string_view());
    place.irc_host.set(spoke_irc ? irc.host.view().substr(0, 12) : std::string_view());
    place.irc_real_name.set(spoke_irc ? irc.real_name.view() : std::string_view());
    std::atomic_signal_fence(std::memory_order_seq_cst);  // a process killed halfway leaves an unused row
    CHAT_CRASH_POINT("sessions: departed row written");
    place.left_by = record.sequence;
    CHAT_CRASH_POINT("sessions: departed row committed");
    by_id_[row.client_id] = next_;
    by_name_[fold_case(row.name_view())] = next_;
    last_ = record.sequence;
    next_ = (next_ + 1) % segment_->departed().size();
}

const DepartedRow* DepartedClients::find_id(std::uint32_t client_id, Microseconds now) const {
    const auto found = by_id_.find(client_id);
    if (found == by_id_.end()) return nullptr;
    const DepartedRow& row = segment_->departed()[found->second];
    return is_within_an_hour(row.left_at, now) ? &row : nullptr;
}

const DepartedRow* DepartedClients::find_name(std::string_view name, Microseconds now) const {
    const auto found = by_name_.find(std::string_view(FoldedName(name)));
    if (found == by_name_.end()) return nullptr;
    const DepartedRow& row = segment_->departed()[found->second];
    return is_within_an_hour(row.left_at, now) ? &row : nullptr;
}

std::vector<const DepartedRow*> DepartedClients::find_all(std::string_view name, Microseconds now,
                                                          std::size_t limit) const {
    std::vector<const DepartedRow*> found;
    for (const DepartedRow& row : segment_->departed())
        if (row.left_by != 0 && is_within_an_hour(row.left_at, now) && equal_ignoring_case(row.name_view(), name))
            found.push_back(&row);
    std::sort(found.begin(), found.end(), [](auto* a, auto* b) { return a->left_by > b->left_by; });
    if (found.size() > limit) found.resize(limit);
    return found;
}

}  // namespace chat
