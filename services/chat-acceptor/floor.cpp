// Publishing, and what every desk may need.
#include "chat-acceptor/floor.h"

#include "chat-acceptor/acts/room_rights.h"
#include "chat-acceptor/clients/client_journal.h"
#include "chat-acceptor/clients/proxied_newcomers.h"
#include "chat-acceptor/dialects/dialect.h"
#include "chat-acceptor/questions/account_answerer.h"
#include "chat-acceptor/questions/history_reader.h"
#include "chat-acceptor/questions/sleeper.h"
#include "shared/records/deletion.h"
#include "shared/records/group.h"
#include "shared/records/operator.h"
#include "shared/records/session.h"
#include "shared/records/watch.h"
#include "shared/system/crash_point.h"
#include "shared/system/inherited_sockets.h"

#include <algorithm>
#include <memory>
#include <utility>
#include <vector>

namespace chat {
namespace {

// A flood of refused or too fast clients must not fill the log.
constexpr std::int64_t notes_a_second = 10;
constexpr std::int64_t notes_at_once = 100;
constexpr std::size_t max_questions = 64;
constexpr Microseconds answer_timeout = 5'000'000;
// Of the log's reader, which waits for the log.
constexpr std::size_t max_pages = 4096;

}  // namespace

Record record_about(const Sessions& sessions, SlotId client, Record record) {
    const ClientRow& row = sessions.row(client.slot);
    record.sender = client;
    record.sender_id = row.client_id;
    record.session = row.session;
    if (record.name.empty()) record.name = row.name_view();
    if (row.account != 0) record.note_account();
    return record;
}

Floor::Floor(const DaemonOptions& options, const Segment& the_segment, EventLoop& loop)
    : segment(the_segment),
      config(options.config),
      proxy_token(read_proxy_token(options.state_directory)),
      tables(the_segment),
      publisher(the_segment, tables),
      connections(the_segment),
      addresses(the_segment.slots().size(), options.config),
      bans(options.state_directory),
      session_log(the_segment, options.state_directory, options.config),
      link(
          loop, options.link_path, [this](Link::Received& received) { on_link_message(received); },
          [this] { on_link_connected(); }),
      auth(loop, options.auth_path),
      act_context{&tables, &config, 0, &auth.names(),
                  [this](std::uint64_t account, Microseconds now) {
                      const Ban* ban = bans.find_account(account, now);
                      return ban == nullptr ? nullptr : &ban->reason;
                  }},
      questions(max_questions, answer_timeout) {
#ifdef CHAT_CRASH_POINTS
    questions.set_answerer(Authority::sleeper, std::make_unique<Sleeper>());
#endif
    questions.set_answerer(Authority::accounts, std::make_unique<AccountAnswerer>(auth, the_segment.id()));
    // Waiting for the names costs nothing, and each client has one question at a time.
    questions.set_answerer(Authority::names, std::make_unique<NamesAnswerer>(auth),
                           {the_segment.slots().size(), answer_timeout});
    auto reader = std::make_unique<HistoryReader>(the_segment, options.state_directory);
    reader_ = reader.get();
    // The reader answers in any case.
    constexpr std::chrono::microseconds patient = HistoryReader::longest_wait + std::chrono::seconds(2);
    const Questions::Patience patience{max_pages, patient.count()};
    questions.set_answerer(Authority::kept, std::make_unique<LogAnswerer>(*reader, Authority::kept), patience);
    for (const Authority authority : {Authority::unread, Authority::targets, Authority::marker, Authority::deletion})
        questions.set_answerer(authority, std::make_unique<LogAnswerer>(*reader, authority), patience);
    questions.set_answerer(Authority::history, std::move(reader), patience);
    act_context.is_trusted = [this](const ClientRow& row) {
        const auto address = Address::of_peer(row.peer_view());
        return !address || addresses.is_trusted(*address);
    };
    act_context.outbox_size = the_segment.sizes().outbox;
    act_context.log_id = the_segment.words().log_id.load(std::memory_order_relaxed);
    act_context.kept_page_size = publisher.largest_kept_page();
    act_context.kept = &kept;
    act_context.away_notices = &away_notices;
    act_context.deletions = &deletions;
    act_context.can_keep = [this] { return can_keep(); };
    act_context.has_received_kept = [this](SlotId client) { return has_received_kept(client); };
    auth.on_names_changed = [this] { check_accounts(); };
    // An account may have been deleted while no acceptor was there to see it.
    const auto everyone = tables.sessions.everyone();
    const bool is_used = std::any_of(everyone.begin(), everyone.end(),
                                     [this](SlotId client) { return tables.sessions.row(client.slot).account != 0; });
    if (is_used) auth.keep_loading();
}

Publisher::Published Floor::publish(const Record& record) {
    const auto published = publisher.publish(record);
    reader_->note(record, published.end);
    away_notices.note(record, published.at);
    if (SessionLog::concerns(record)) session_log.add(published.end - encoded_size(record));
    if (observer || KeptCounts::concerns(record)) {
        Record numbered = record;
        numbered.sequence = published.sequence;
        numbered.at = published.at;
        if (KeptCounts::concerns(record)) kept.note(numbered);
        if (observer) observer(numbered, false);
    }
    if (record.kind == RecordKind::message) return published;  // most are, and nothing follows from them
    if (record.kind == RecordKind::deleted) {
        const auto deleted = records::Deleted::of(record);
        deletions.note(deleted.id, published.sequence);
        kept.note_deletion(deleted.receiver_account, published.sequence);
    }
    if (record.kind == RecordKind::departed || record.kind == RecordKind::group_left) announce_group_admins();
    if (record.kind != RecordKind::modes_changed && tables.rooms.find_without_operator()) appoint_room_operators();
    if (record.kind != RecordKind::presence && tables.watches.may_have_news()) tell_watchers();
    return published;
}

void Floor::appoint_room_operators() {
    while (publisher.has_control_room() && publisher.may_publish(RecordKind::modes_changed)) {
        const auto room = tables.rooms.find_without_operator();
        if (!room) return;
        CHAT_CRASH_POINT("acceptor: before an operator is appointed");
        const Draft draft = appoint_operator(act_context, *room);
        publish(draft.record());
    }
}

void Floor::tell_watchers() {
    while (publisher.has_control_room() && publisher.may_publish(RecordKind::presence)) {
        const auto news = tables.watches.find_news(tables.sessions);
        if (!news) return;
        CHAT_CRASH_POINT("acceptor: before watchers are told");
        const records::Presence presence{news->name, news->has_it.has_value(), news->receivers};
        publish(news->has_it ? about(*news->has_it, presence.record()) : presence.record());
    }
}

void Floor::announce_group_admins() {
    while (publisher.has_control_room()) {
        const auto group = tables.groups.find_with_new_admin();
        if (!group) return;
        CHAT_CRASH_POINT("acceptor: before a new admin is announced");
        const std::vector<SlotId> members = tables.groups.members(*group);
        publish(about(tables.groups.admin(*group),
                      records::GroupAdmin{.group = tables.groups.id(*group), .receivers = members}.record()));
    }
}

bool Floor::has_received_kept(SlotId client) {
    Connection* connection = connections.find(client);
    if (connection == nullptr || tables.sessions.row(client.slot).is_getting_kept != 0) return false;
    // Lines that come later must not hide it.
    connection->has_received_kept =
        connection->has_received_kept || connections.has_taken_all(*connection, connection->lists_end);
    return connection->has_received_kept;
}

void Floor::end_gift_unless(std::uint32_t account, SlotId client) {
    const ClientRow& row = tables.sessions.row(client.slot);
    if (row.kept_account == 0 || row.kept_account == account || !has_received_kept(client)) return;
    publish(records::KeptEnded{.gift = {row.kept_account, row.kept_upto, row.kept_since}}.record());
}

bool Floor::can_keep() const {
    // An earlier delivery, which is about to be restarted, would discard the message.
    if (!publisher.may_publish(RecordKind::kept_page)) return false;
    // While rows are skipped, or may be soon, the message might not become one.
    const QueueWords& words = segment.words();
    const Position waiting = publisher.tail() - words.logged.load(std::memory_order_acquire);
    return !config.skips_rows() ||
           (words.skipped_messages.load(std::memory_order_relaxed) == 0 && waiting <= segment.queue_ring().size() / 4);
}

void Floor::give_random_name(SlotId client) {
    const ClientRow& row = tables.sessions.row(client.slot);
    if (row.kept_account != 0) (void)has_received_kept(client);  // the line about its name is about to follow
    const std::string old_name(row.name_view());
    const std::string name = choose_free_name(act_context);
    const Receivers receivers = row.announced ? announcement_receivers(act_context, client) : Receivers();
    publish(about(client, records::Renamed{.name = name,
                                           .old_name = old_name,
                                           .given = true,
                                           .loses_account = row.account != 0,
                                           .receivers = receivers.span()}
                              .record()));
    journal_client("client-renamed", tables.sessions.row(client.slot), "was " + old_name);
}

void Floor::check_accounts() {
    accounts_unchecked = false;
    if (!auth.names().are_loaded) return;
    // A renaming leaves the list of clients as it is.
    for (const SlotId client : tables.sessions.everyone()) {
        const ClientRow& row = tables.sessions.row(client.slot);
        if (row.account == 0 || auth.names().holds(row.name_view(), row.account)) continue;
        if (!publisher.has_control_room()) {
            accounts_unchecked = true;
            break;
        }
        give_random_name(client);
    }
    publisher.ring();
}

bool Floor::may_note(Microseconds now) noexcept {
    return notes_.take(notes_a_second, notes_at_once, now);
}

void Floor::store_client_socket(int fd, DialectId dialect, bool is_proxied) const {
    if (std::cmp_less(tables.sessions.everyone().size() + tables.sessions.unregistered_count(), config.fd_store_max))
        store_socket(fd, stored_name_of(dialect, is_proxied).c_str());
}

}  // namespace chat
