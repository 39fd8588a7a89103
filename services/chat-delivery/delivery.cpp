// The delivering thread.
#include "chat-delivery/delivery.h"

#include "chat-delivery/end_of_service.h"
#include "shared/records/file.h"
#include "shared/records/session.h"
#include "shared/system/clock.h"
#include "shared/system/crash_point.h"
#include "shared/system/irc_server_name.h"

#include <pthread.h>
#include <sys/epoll.h>

#include <array>
#include <cerrno>
#include <system_error>

namespace chat {
namespace {

constexpr int records_a_round = 512;
constexpr std::chrono::milliseconds longest_sleep{100};
constexpr Microseconds idle_memory_interval = 10'000'000;
constexpr std::chrono::milliseconds drain_interval{2};

UniqueFd make_epoll() {
    UniqueFd epoll(::epoll_create1(EPOLL_CLOEXEC));
    if (!epoll) throw std::system_error(errno, std::generic_category(), "creating an epoll set");
    return epoll;
}

}  // namespace

Delivery::Delivery(const DaemonOptions& options, const Segment& segment, UniqueFd link_listener)
    : segment_(&segment),
      state_directory_(options.state_directory),
      epoll_(make_epoll()),
      gate_(make_epoll()),
      outboxes_(segment, epoll_.get()),
      fan_out_(segment, outboxes_, options.config.accounts_guests != "no", irc_server_name(options.config)),
      message_log_(segment, options.state_directory, options.config),
      transfers_(segment, options.state_directory,
                 [this] {
                     transfer_news_ = true;
                     segment_->doorbell().ring();
                 }),
      link_(
          std::move(link_listener), segment.id(), epoll_.get(),
          {.on_attach =
               [this](SlotId client, UniqueFd fd) {
                   outboxes_.attach(client, std::move(fd));
                   missing_.answered(client);
               },
           .on_gone =
               [this](SlotId client) {
                   if (!outboxes_.is_attached(client)) outboxes_.give_up(client, LeaveReason::lost);
                   missing_.answered(client);
               },
           .find_socket = [this](SlotId client) { return outboxes_.socket_of(client); },
           .on_connected =
               [this] {
                   outboxes_.drop_unknown();
                   departures_.find_missed();
                   missing_.ask();
                   transfers_.sweep();
               },
           .on_transfer = [this](const LinkMessage& message, UniqueFd fd) { transfers_.add(message, std::move(fd)); }}),
      missing_(segment, outboxes_, link_),
      departures_(segment, outboxes_) {
    transfers_.set_spool_limit(options.config.spool_mb);
    epoll_event event{};
    event.events = EPOLLIN | EPOLLONESHOT;
    if (::epoll_ctl(gate_.get(), EPOLL_CTL_ADD, epoll_.get(), &event) != 0)
        throw std::system_error(errno, std::generic_category(), "creating the gate");
}

Delivery::~Delivery() {
    stop(false);
}

void Delivery::start(std::function<void()> on_failure, std::function<void()> on_alone) {
    on_failure_ = std::move(on_failure);
    on_alone_ = std::move(on_alone);
    transfers_.start([this](std::exception_ptr failure) {
        transfer_failure_ = std::move(failure);
        failed_ = true;
        on_failure_();
    });
    thread_ = std::thread([this] {
        ::pthread_setname_np(::pthread_self(), "delivering");
        try {
            run();
        } catch (const DamagedSegment&) {
            link_.report_damage();
            failure_ = std::current_exception();
        } catch (...) {
            failure_ = std::current_exception();
        }
        if (!failure_) return;
        failed_ = true;
        on_failure_();
    });
}

void Delivery::wake() {
    epoll_event event{};
    (void)::epoll_wait(gate_.get(), &event, 1, 0);  // the gate stays closed until the thread opens it again
    sockets_ready_ = true;
    segment_->doorbell().ring();
}

void Delivery::stop(bool last) {
    if (!thread_.joinable()) return;
    transfers_.stop();
    last_ = last;
    stopping_ = true;
    segment_->doorbell().ring();
    thread_.join();
}

void Delivery::drain(std::chrono::milliseconds limit) {
    const auto until = std::chrono::steady_clock::now() + limit;
    const QueueWords& words = segment_->words();
    const Position tail = words.tail.load(std::memory_order_acquire);
    while (!failed_ && words.logged.load(std::memory_order_acquire) < tail &&
           std::chrono::steady_clock::now() < until && !message_log_.has_found_damage()) {
        message_log_.hurry();
        std::this_thread::sleep_for(drain_interval);
    }
}

std::string Delivery::status() {
    const QueueWords& words = segment_->words();
    // In this order none is ahead of a later one.
    const Position logged = words.logged.load(std::memory_order_acquire);
    const Position head = words.head.load(std::memory_order_acquire);
    const Position tail = words.tail.load(std::memory_order_acquire);
    std::string text = std::to_string((tail - head) / 1024) + " KiB to deliver, " +
                       std::to_string((tail - logged) / 1024) + " KiB to log" + message_log_.status();
    if (const std::string trouble = memory_trouble(); !trouble.empty()) text += "; " + trouble;
    return text;
}

bool Delivery::is_work_waiting() const noexcept {
    const QueueWords& words = segment_->words();
    if (sockets_ready_ || stopping_ || transfer_news_ || has_damage_to_report()) return true;
    return may_deliver() && words.tail.load(std::memory_order_acquire) != words.head.load(std::memory_order_relaxed);
}

void Delivery::run() {
    departures_.recover();
    while (!stopping_) {
        if (sockets_ready_.exchange(false)) serve_sockets();
        if (segment_->is_truncated()) throw DamagedSegment("it was shortened while it was in use");
        if (has_damage_to_report()) throw DamagedSegment("the log found shared memory damaged");
        if (transfer_news_.exchange(false)) link_.notify_of_transfers();
        const bool delivered = may_deliver() && deliver_some();
        outboxes_.flush();
        departures_.end_finished();
        has_completed_round_ = true;
        const bool alone = should_wake_manager();
        if (!delivered)
            segment_->doorbell().sleep(alone ? wake_manager_interval : longest_sleep,
                                       [this] { return is_work_waiting(); });
        if (alone && !delivered) on_alone_();
        if (const Microseconds now = steady_clock(); now > release_memory_at_) {
            outboxes_.release_idle_memory();
            release_memory_at_ = now + idle_memory_interval;
        }
    }
    if (last_) end_service();
}

// True for a moment after the acceptor has gone: the service manager should check whether to restart it.
bool Delivery::should_wake_manager() {
    if (link_.is_connected()) {
        alone_since_ = 0;
        return false;
    }
    const Microseconds now = steady_clock();
    if (alone_since_ == 0) alone_since_ = now;
    return now - alone_since_ < std::chrono::microseconds(wake_manager_for).count();
}

bool Delivery::deliver_some() {
    QueueWords& words = segment_->words();
    const QueueReader reader(segment_->queue_ring());
    const Position tail = words.tail.load(std::memory_order_acquire);
    // The acceptor stores the number after each record: it may not include the last record yet.
    const std::uint64_t highest = words.sequence.load(std::memory_order_relaxed) + 1;
    Position head = words.head.load(std::memory_order_relaxed);
    const Position begin = head;
    if (head > tail || words.logged.load(std::memory_order_relaxed) > head)
        throw DamagedSegment("the cursors in shared memory are damaged");
    for (int i = 0; i < records_a_round && head < tail; ++i) {
        const auto entry = reader.read(head, tail);
        if (!entry) throw DamagedSegment("the queue in shared memory is damaged");
        if (!entry->padding) {
            const auto record = decode(entry->bytes);
            // With too high a number, the receivers would seem to have every later line already.
            if (!record || record->sequence > highest) throw DamagedSegment("a record in shared memory is damaged");
            if (MessageLog::always_concerns(*record)) message_log_.expect(entry->next);
            deliver(*record);
        }
        head = entry->next;
        CHAT_CRASH_POINT("delivery: record fanned out");
        words.head.store(head, std::memory_order_release);
        CHAT_CRASH_POINT("delivery: head stored");
    }
    if (head == begin) return false;
    message_log_.nudge();
    if (tail - words.logged.load(std::memory_order_relaxed) > segment_->queue_ring().size() / 4) message_log_.hurry();
    return true;
}

void Delivery::deliver(const Record& record) {
    if (record.sender.slot >= segment_->sizes().slots) return;
    if (record.kind == RecordKind::connected) return welcome(record);
    fan_out_.deliver(record);
    if (record.kind == RecordKind::departed) start_departure(record);
    if (family_of(record.kind) == RecordFamily::file) update_transfers(record);
}

void Delivery::welcome(const Record& record) {
    const std::uint64_t cookie = records::Connected::of(record).cookie;
    outboxes_.drop_unless(record.sender, cookie);
    const bool was_missing = !outboxes_.is_attached(record.sender);
    if (was_missing) {
        link_.serve();  // its socket was sent before its record was committed
        outboxes_.drop_unless(record.sender, cookie);
    }
    fan_out_.deliver(record);
    if (was_missing && !outboxes_.is_attached(record.sender)) missing_.ask(record.sender);
}

void Delivery::start_departure(const Record& record) {
    const auto departed = records::Departed::of(record);
    if (departed.broken) outboxes_.give_up(record.sender, departed.reason);
    outboxes_.mark(record.sender.slot);
    departures_.add(record.sender);
}

void Delivery::update_transfers(const Record& record) {
    switch (records::file_kind(record)) {
        case records::FileKind::ticket_ended:
            if (const auto ended = records::TicketEnded::of(record))
                transfers_.end_ticket(ended->file.ticket_row, ended->file.id);
            return;
        case records::FileKind::ended:
            if (const auto ended = records::FileEnded::of(record)) transfers_.end_file(ended->file.id);
            return;
        case records::FileKind::upload_offered:
        case records::FileKind::offered:
            return;
    }
}

void Delivery::serve_sockets() {
    std::array<epoll_event, 256> events;
    for (;;) {
        const int count = ::epoll_wait(epoll_.get(), events.data(), static_cast<int>(events.size()), 0);
        bool link = false;
        for (int i = 0; i < count; ++i) {
            const std::uint64_t data = events[static_cast<std::size_t>(i)].data.u64;
            if (data == AcceptorLink::epoll_data)
                link = true;
            else
                outboxes_.on_writable(static_cast<std::uint32_t>(data));
        }
        if (link) link_.serve();
        if (count < static_cast<int>(events.size())) break;
    }
    epoll_event event{};
    event.events = EPOLLIN | EPOLLONESHOT;
    (void)::epoll_ctl(gate_.get(), EPOLL_CTL_MOD, epoll_.get(), &event);
}

// The acceptor leaves first. If it has reconnected, only this service is being stopped, and the clients stay.
void Delivery::end_service() {
    serve_sockets();
    if (link_.is_connected()) return;
    while (deliver_some()) outboxes_.flush();
    outboxes_.flush();
    service_ended_ = end_all_clients(*segment_, outboxes_, message_log_, state_directory_);
}

}  // namespace chat
