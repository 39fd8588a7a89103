// Newcomers, announcements and departures, and what the loop calls from time to time.
#include "chat-acceptor/acceptor.h"

#include "shared/crash_point.h"
#include "shared/inherited_sockets.h"
#include "shared/journal.h"
#include "shared/stream_position.h"

#include <algorithm>
#include <system_error>

namespace chat {
namespace {

constexpr int newcomers_at_once = 64;
constexpr Microseconds idle_time = 10'000'000;
constexpr Microseconds complaint_interval = 10'000'000;
constexpr const char* stored_name = "c";
// Refusals and clients that are too fast are noted so often in all; a flood of them must not fill the log.
constexpr std::int64_t notes_a_second = 10;
constexpr std::int64_t notes_at_once = 100;

}  // namespace

Acceptor::Acceptor(const DaemonOptions& options, const Segment& segment, EventLoop& loop)
    : loop_(&loop),
      segment_(&segment),
      config_(options.config),
      tables_(segment),
      publisher_(segment, tables_),
      connections_(segment),
      session_log_(segment, options.state_directory, options.config.keep_days),
      link_(
          loop, options.link_path, [this](Link::Received& received) { on_link_message(received); },
          [this] { on_link_connected(); }),
      data_port_(linger_,
                 [this](const TransferRequest& request, const UniqueFd& fd) { return begin_transfer(request, fd); }),
      context_{&sessions_, &tables_.rooms, &tables_.groups, &config_, {}, {}, {}, &files_, 0} {}

Publisher::Published Acceptor::publish(const Record& record) {
    const auto published = publisher_.publish(record);
    if (SessionLog::concerns(record)) session_log_.add(published.end - encoded_size(record));
    if (observer_) {
        Record numbered = record;
        numbered.sequence = published.sequence;
        numbered.at = published.at;
        observer_(numbered, false);
    }
    if (record.kind == RecordKind::departed || record.kind == RecordKind::group_left) tell_admins();
    return published;
}

Record Acceptor::record_about(SlotId client, RecordKind kind) const {
    const ClientRow& row = sessions_.row(client.slot);
    Record record;
    record.kind = kind;
    record.sender = client;
    record.sender_id = row.client_id;
    record.session = row.session;
    record.name = row.name_view();
    return record;
}

void Acceptor::journal_client(const char* event, const ClientRow& row, const std::string& what) const {
    const std::string name(row.name_view());
    const std::string peer(row.peer_view());
    const std::string id = std::to_string(row.client_id);
    journal(Priority::info, event, name + " (" + id + ") at " + peer + ' ' + what,
            {{"CHAT_CLIENT_ID", id}, {"CHAT_CLIENT_NAME", name}, {"CHAT_PEER", peer}});
}

// The calculator shows what it was asked (numbers and an operator, and no other words of a client).
void Acceptor::journal_result(const Record& result) const {
    constexpr std::size_t longest = 100;
    std::string expression(result.text.substr(0, longest));
    if (expression.size() < result.text.size()) expression += "…";
    const std::string id = std::to_string(result.sender_id);
    journal(Priority::info, "calculated",
            std::string(result.name) + " (" + id + ") asked " + expression + " = " + std::string(result.target),
            {{"CHAT_CLIENT_ID", id},
             {"CHAT_CLIENT_NAME", std::string(result.name)},
             {"CHAT_EXPRESSION", expression},
             {"CHAT_RESULT", std::string(result.target)}});
}

void Acceptor::take_newcomers(int listener) {
    try {
        for (int i = 0; i < newcomers_at_once; ++i) {
            if (!publisher_.has_room()) {
                blocked_ = true;
                break;
            }
            int trouble = 0;
            auto newcomer = accept_newcomer(listener, trouble);
            if (trouble != 0) pause_newcomers("accepting a connection: " + std::generic_category().message(trouble));
            if (!newcomer) break;
            CHAT_CRASH_POINT("acceptor: connection accepted");
            admit(std::move(*newcomer));
        }
    } catch (const std::system_error& error) {
        pause_newcomers(error.what());
    }
    read_clients();  // who has said something already gets the answer with its welcome, in one packet
}

// It is tried again twenty times a second, and told of far less often.
void Acceptor::complain(const char* event, const std::string& why) {
    const Microseconds now = steady_clock();
    if (complained_at_ == 0 || now - complained_at_ > complaint_interval) {
        journal(Priority::warning, event, why);
        complained_at_ = now;
    }
    trouble_ = why;
}

// Those who are there are served on: they need nothing new.
void Acceptor::pause_newcomers(const std::string& why) {
    complain("accept-trouble", why);
    newcomers_wait_ = true;
}

void Acceptor::admit(Newcomer newcomer) {
    if (std::cmp_greater_equal(sessions_.everyone().size(), config_.max_clients))
        return turn_away(std::move(newcomer), Refusal::limit);
    const auto slot = sessions_.find_free_slot();
    if (!slot || !segment_->reserve_outbox(slot->slot, 1)) return turn_away(std::move(newcomer), Refusal::busy);
    if (Connection* earlier = connections_.at(slot->slot)) finish(*earlier);

    const int fd = newcomer.fd.get();
    const std::uint64_t cookie = socket_cookie(fd);
    store_client_socket(fd);
    CHAT_CRASH_POINT("acceptor: socket stored");
    link_.try_send({LinkKind::attach, *slot, 0, cookie}, fd);
    CHAT_CRASH_POINT("acceptor: socket attached");

    const std::string name = sessions_.choose_name();
    Record record;
    record.kind = RecordKind::connected;
    record.sender = *slot;
    record.at = wall_clock();
    record.sender_id = sessions_.choose_id(record.at);
    record.session = publisher_.next_sequence();
    record.name = name;
    std::string text = newcomer.peer;
    for (const std::string& room : config_.auto_join) text.append(" ").append(room);
    record.text = text;
    record.value = cookie;
    record.number = static_cast<std::uint32_t>(config_.max_clients);
    publish(record);
    connections_.add(*slot, std::move(newcomer.fd), 0, true);
    unannounced_.push_back({*slot, steady_clock() + announce_after});
    journal_client("client-connected", sessions_.row(slot->slot), "connected");
}

void Acceptor::store_client_socket(int fd) const {
    if (std::cmp_less(sessions_.everyone().size(), config_.fd_store_max)) store_socket(fd, stored_name);
}

void Acceptor::turn_away(Newcomer newcomer, Refusal refusal) {
    const char* line = "refused code=limit :Connection Limit Exceeded !!\n";
    const char* why = " was refused: too many clients";
    if (refusal == Refusal::busy) {
        line = "refused code=busy :The server is busy, try again later\n";
        why = " was refused: too busy";
    } else if (refusal == Refusal::forgotten) {
        line = "refused code=busy :The server has lost its memory of this session, connect again\n";
        why = " has to connect again: its session is lost";
    }
    refuse_connection(newcomer.fd.get(), line);
    ++refused_;
    linger_.add(std::move(newcomer.fd));
    if (!may_note(steady_clock())) {
        ++unnoted_;
        return;
    }
    std::string who = newcomer.peer;
    if (unnoted_ > 0) who += " (and " + std::to_string(unnoted_) + " others before it)";
    unnoted_ = 0;
    journal(Priority::notice, "client-refused", who + why, {{"CHAT_PEER", newcomer.peer}});
    if (!publisher_.has_control_room()) return;
    Record record;
    record.kind = RecordKind::note;
    record.scope = static_cast<std::uint8_t>(NoteKind::refused);
    record.text = who;
    publish(record);
}

bool Acceptor::may_note(Microseconds now) noexcept {
    return notes_.take(notes_a_second, notes_at_once, now);
}

// When the admin of a group has left it, or the server, the group hears who is admin now. It follows from the rows, so
// that a successor does what is left to do.
void Acceptor::tell_admins() {
    while (publisher_.has_control_room()) {
        const auto group = tables_.groups.find_untold();
        if (!group) return;
        CHAT_CRASH_POINT("acceptor: before a group hears of its new admin");
        Record record = record_about(tables_.groups.admin(*group), RecordKind::group_admin);
        record.value = tables_.groups.id(*group);
        const std::vector<SlotId> members = tables_.groups.members(*group);
        record.receivers = members;
        publish(record);
    }
}

void Acceptor::announce(SlotId client, Microseconds at) {
    Record record = record_about(client, RecordKind::online);
    record.at = at;
    record.number = sessions_.announced_count() + 1;
    record.receivers = announcement_receivers(context_, client);
    publish(record);
}

void Acceptor::announce_the_due() {
    const Microseconds now = steady_clock();
    while (!unannounced_.empty() && publisher_.has_control_room()) {
        const SlotId client = unannounced_.front().client;
        const ClientRow& row = sessions_.row(client.slot);
        const bool is_news = is_client_here(*segment_, client) && !row.announced;
        if (is_news && unannounced_.front().due > now) return;
        if (is_news) announce(client);
        unannounced_.pop_front();
    }
}

void Acceptor::leave(SlotId client, LeaveReason reason, bool broken) {
    const Slot& slot = segment_->slots()[client.slot];
    const std::uint64_t note = slot.gave_up_why.load(std::memory_order_acquire);
    if (note >> 8U == client.generation) {
        // Delivery ended it and said why; this side only saw the end.
        reason = static_cast<LeaveReason>(note & 0xffU);
        broken = true;
    }
    const ClientRow& row = sessions_.row(client.slot);
    Record record = record_about(client, RecordKind::departed);
    record.flags = broken ? record_flag::broken : std::uint16_t{0};
    record.scope = static_cast<std::uint8_t>(reason);
    record.number = sessions_.announced_count() - (row.announced ? 1 : 0);
    if (row.announced) record.receivers = announcement_receivers(context_, client);
    publish(record);
    after_departure(client);
}

void Acceptor::after_departure(SlotId client) {
    const ClientRow& row = sessions_.row(client.slot);
    std::string what = "left: " + std::string(word_of(row.reason));
    if (row.reason == LeaveReason::quit) what += ". Session ended";
    journal_client("client-left", row, what);
    if (Connection* connection = connections_.find(client)) {
        connections_.stop_reading(*connection);
        connection->left = true;
        ++leaving_;
    }
}

void Acceptor::finish_the_ended() {
    for (std::uint32_t slot = 0; leaving_ > 0 && slot < connections_.slot_count(); ++slot) {
        Connection* connection = connections_.at(slot);
        if (connection == nullptr || !connection->left) continue;
        const std::uint64_t ended = segment_->slots()[slot].ended.load(std::memory_order_acquire);
        if (ended >> 8U != connection->client.generation) continue;
        if ((ended & 0xffU) != 1 && sessions_.row(slot).state == SlotState::departed) {
            if (!publisher_.has_control_room()) return;
            publish(record_about(connection->client, RecordKind::closed));
        }
        finish(*connection);
    }
}

void Acceptor::finish(Connection& connection) {
    const bool stream_ended = connection.stream_ended;
    connection.inbox.forget();
    --leaving_;
    UniqueFd fd = connections_.remove(connection.client.slot);
    CHAT_CRASH_POINT("acceptor: before the end of a connection");
    if (stream_ended)
        end_connection(std::move(fd));
    else
        linger_.add(std::move(fd));
}

bool Acceptor::is_ticking() const noexcept {
    return blocked_ || newcomers_wait_ || tables_.groups.find_untold() || !unannounced_.empty() || leaving_ > 0 ||
           !linger_.empty() || !data_port_.empty() || !files_.empty() || !link_.is_connected();
}

void Acceptor::tick() {
    catch_up_with_log();
    link_.connect();
    tell_admins();
    announce_the_due();
    finish_the_ended();
    linger_.tick();
    data_port_.tick();
    look_after_files();
    newcomers_wait_ = false;
    trouble_.clear();
    if (blocked_ && publisher_.has_room()) {
        blocked_ = false;
        deal_with_waiting();
    }
    publisher_.ring();
}

void Acceptor::rest() {
    if (!segment_->is_whole()) throw DamagedSegment("it was shortened while it was in use");
    // Who has it goes on with it; a delivery that starts anew would look for it for ever.
    if (!is_delivery_present() && !segment_->has_name()) throw DamagedSegment("it was removed while it was in use");
    catch_up_with_log();
    const Microseconds now = steady_clock();
    for (std::uint32_t slot = 0; slot < connections_.slot_count(); ++slot)
        if (Connection* connection = connections_.at(slot);
            connection != nullptr && now - connection->active_at > idle_time)
            connection->inbox.rest();
}

void Acceptor::stop() {
    if (!is_delivery_present()) {
        const std::vector<SlotId> everyone(sessions_.everyone().begin(), sessions_.everyone().end());
        for (const SlotId client : everyone)
            if (publisher_.has_control_room()) leave(client, LeaveReason::shutdown, true);
        for (std::uint32_t slot = 0; slot < connections_.slot_count(); ++slot)
            end_connection(connections_.remove(slot));
    }
    if (!session_log_.flush()) journal(Priority::warning, "database-trouble", session_log_.trouble());
    catch_up_with_log();
}

std::vector<std::string> Acceptor::troubles() {
    std::vector<std::string> all;
    if (blocked_ || newcomers_wait_)
        all.push_back(trouble_.empty() ? "waiting for room in the queue" : "waiting: " + trouble_);
    if (!is_delivery_present()) all.emplace_back("chat-delivery is away");
    if (const std::string trouble = session_log_.trouble(); !trouble.empty()) all.push_back("log: " + trouble);
    return all;
}

void Acceptor::reconfigure(const Config& config) {
    config_ = config;
    session_log_.keep(config.keep_days);
    if (std::cmp_greater(config_.max_clients, segment_->sizes().slots))
        journal(Priority::notice, "sizes-kept",
                "Until a start without clients there is memory for " + std::to_string(segment_->sizes().slots) +
                    " of the limits.max_clients = " + std::to_string(config_.max_clients));
}

std::string Acceptor::status() {
    std::string text =
        std::to_string(sessions_.everyone().size()) + " clients of " + std::to_string(config_.max_clients);
    for (const std::string& trouble : troubles()) text += "; " + trouble;
    return text;
}

}  // namespace chat
