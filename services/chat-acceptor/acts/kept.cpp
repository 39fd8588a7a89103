// Which accounts are away, and how many kept messages fit into one record.
#include "chat-acceptor/acts/kept.h"

#include "chat-acceptor/acts/waiting.h"
#include "chat-acceptor/questions/kept_question.h"
#include "shared/records/history.h"
#include "shared/records/message.h"
#include "shared/records/session.h"

#include <algorithm>
#include <utility>

namespace chat {
namespace {

using records::KeepRefusal;

struct Away {
    std::uint32_t account;
    std::string_view name;
    const DepartedRow* departed;  // its last session, if that is known
};

// The account that the client means, if nobody is logged in to it. `client`: who is connected by that name or id.
std::optional<Away> find_away(const act::SendMessage& act, std::optional<SlotId> client, const ActContext& context,
                              const Asker& asker) {
    const Sessions& sessions = context.tables->sessions;
    // What was kept has to reach it first.
    const ClientRow* row = client ? &sessions.row(client->slot) : nullptr;
    if (row != nullptr && (row->is_getting_kept == 0 || row->account != row->kept_account)) return std::nullopt;
    if (context.names == nullptr || !context.names->are_loaded) return std::nullopt;
    if ((act.form & (message_form::ctcp | message_form::tags_only)) != 0)
        return std::nullopt;  // only for a program that runs now
    if (row != nullptr) return Away{row->account, row->name_view(), nullptr};
    const DepartedRow* departed = act.to.id != 0 ? sessions.departed().find_id(act.to.id, asker.at)
                                                 : sessions.departed().find_name(act.to.word, asker.at);
    if (act.to.id != 0 && (departed == nullptr || departed->account_hint == 0)) return std::nullopt;
    const std::string_view word = act.to.id != 0 ? departed->name_view() : act.to.word;
    const auto account = context.names->find(word);
    if (!account || account->disabled || sessions.find_name(word)) return std::nullopt;
    if (departed != nullptr && departed->account_hint != account_hint(static_cast<std::uint32_t>(account->number))) {
        if (act.to.id != 0) return std::nullopt;
        departed = nullptr;
    }
    return Away{static_cast<std::uint32_t>(account->number), context.names->spelling_of(word), departed};
}

bool is_keeping(const ActContext& context) noexcept {
    return context.config->history_keep_away && context.config->accounts_max_kept > 0;
}

// What sessions that are still connected have received of what is kept for the account.
KeptGift received_by_others(std::uint32_t account, const ActContext& context, const Asker& asker) {
    KeptGift received;
    const Sessions& sessions = context.tables->sessions;
    for (const SlotId client : sessions.everyone()) {
        const ClientRow& row = sessions.row(client.slot);
        if (row.kept_account != account || row.kept_upto <= received.upto) continue;
        // It does not receive the same messages twice, whether or not it has received them by now.
        if (client == asker.client || (context.has_received_kept && context.has_received_kept(client)))
            received = {account, row.kept_upto, row.kept_since};
    }
    return received;
}

// Adds what was kept after the database was read, as far as it fits, and leaves out what was deleted since then. Empty:
// it is not known any more what that is.
struct Added {
    std::uint64_t count = 0;  // together with the rows that were there
    std::uint64_t last = 0;
    bool more = false;
};
std::optional<Added> add_collected(const KeptAnswer& read, const ActContext& context, std::string& rows) {
    Added added{.count = read.count, .more = read.more};
    if (context.kept == nullptr) return added;
    std::size_t bytes = read.rows.size();
    for (const KeptCounts::Collected& message : context.kept->collected(read.account)) {
        if (message.id <= read.upto) continue;
        ++added.count;
        bytes += message.bytes;
        if (bytes > context.kept_page_size && !rows.empty()) added.more = true;
        if (added.more) continue;
        rows += message.row;
        added.last = message.id;
    }
    if (context.deletions == nullptr) return added;
    auto rest = context.deletions->without_deleted(rows, read.upto);
    if (!rest) return std::nullopt;
    added.count -= std::min(added.count, rest->removed);
    rows = std::move(rest->rows);
    return added;
}

}  // namespace

std::optional<Question> ask_about_away(const act::SendMessage& act, const ActContext& context, const Asker& asker) {
    if (context.names == nullptr || !context.names->are_available || !is_keeping(context)) return std::nullopt;
    const auto client = find_client(context, act.to);
    if (!context.names->are_loaded) {
        if (client) return std::nullopt;
        // Only a name can be that of an account without a session.
        const DepartedRow* departed =
            act.to.id != 0 ? context.tables->sessions.departed().find_id(act.to.id, asker.at) : nullptr;
        const bool needs_names = act.to.id == 0 || (departed != nullptr && departed->account_hint != 0);
        return needs_names ? std::optional(ask_for_names()) : std::nullopt;
    }
    const auto away = find_away(act, client, context, asker);
    if (!away || context.kept == nullptr || context.kept->find(away->account)) return std::nullopt;
    return KeptQuestion{.what = KeptQuestion::What::count, .account = away->account}.question();
}

std::optional<Draft> send_to_away(const act::SendMessage& act, std::optional<SlotId> client, const ActContext& context,
                                  const Asker& asker) {
    const auto away = find_away(act, client, context, asker);
    if (!away) return std::nullopt;
    const auto draft = [&](KeepRefusal refusal) {
        const bool is_kept = refusal == KeepRefusal::none;
        const bool has_session = away->departed != nullptr;
        const ToClient to{has_session ? away->departed->client_id : 0, has_session ? away->departed->session : 0,
                          away->name};
        return Draft(records::Message{.to = to,
                                      .text = act.text,
                                      .count = 1,
                                      .discarded = !is_kept,
                                      .form = act.form,
                                      .receiver_account = away->account,
                                      .kept = is_kept,
                                      .refusal = refusal}
                         .record());
    };
    if (!context.config->history_keep_away) return draft(KeepRefusal::away);
    if (context.can_keep && !context.can_keep()) return draft(KeepRefusal::busy);
    const auto limit = static_cast<std::uint64_t>(context.config->accounts_max_kept);
    if (limit == 0) return draft(KeepRefusal::full);
    const auto count = context.kept != nullptr ? context.kept->find(away->account) : std::nullopt;
    if (!count) return draft(KeepRefusal::busy);
    return draft(*count < limit ? KeepRefusal::none : KeepRefusal::full);
}

Question ask_for_kept(std::uint32_t account, const Answer& login, const ActContext& context, const Asker& asker) {
    return KeptQuestion{.what = KeptQuestion::What::page,
                        .account = account,
                        .received = received_by_others(account, context, asker),
                        .bytes = context.kept_page_size,
                        .login = login.text}
        .question();
}

std::optional<KeptForLogin> kept_for_login(const Answer& answer, const ActContext& context, const Asker& asker,
                                           std::string& rows) {
    const auto read = KeptAnswer::of(answer);
    if (!read) return std::nullopt;
    rows = read->rows;
    const auto added = add_collected(*read, context, rows);
    if (!added) return std::nullopt;
    const KeptGift received = received_by_others(read->account, context, asker);
    return KeptForLogin{.count = static_cast<std::uint32_t>(added->count),
                        .upto = std::max({received.upto, read->last, added->last}),
                        .since = read->upto,
                        .rows = rows,
                        .more = added->more};
}

std::size_t kept_size_of(const Answer& answer) {
    const auto read = KeptAnswer::of(answer);
    std::size_t bytes = 0;
    std::string_view rows = read ? read->rows : std::string_view();
    while (const auto row = take_history_info(rows)) bytes += line_size_of(*row);
    return bytes;
}

std::optional<Question> ask_for_more_kept(const ActContext& context, const Asker& asker) {
    if (asker.row->account != asker.row->kept_account) return std::nullopt;  // somebody else has logged in to it
    return KeptQuestion{.what = KeptQuestion::What::page,
                        .account = asker.row->kept_account,
                        .after = asker.row->kept_upto,
                        .bytes = context.kept_page_size}
        .question();
}

Draft perform_more_kept(const std::optional<Answer>& answer, const ActContext& context, const Asker& asker) {
    std::string rows;
    records::KeptPage page{.account = asker.row->kept_account, .upto = asker.row->kept_upto};
    const auto read = answer ? KeptAnswer::of(*answer) : std::nullopt;
    if (read && read->account == page.account && asker.row->account == page.account) {
        rows = read->rows;
        if (const auto added = add_collected(*read, context, rows)) {
            page.upto = std::max({page.upto, read->last, added->last});
            page.more = added->more;
        } else {
            rows.clear();  // it stays kept
        }
    }
    return Draft(page.record()).with_text(std::move(rows));
}

}  // namespace chat
