// Shared memory may contain anything (design, rule 8): a header, rows, words, records and rings that are damaged or
// were written by a malicious peer, before the start or while the daemon works. The rooms that read them refuse or give
// up; they never read or write out of bounds.
#include "shared/memory/segment.h"

#include "chat-acceptor/clients/inbox.h"
#include "chat-acceptor/publisher.h"
#include "chat-acceptor/startup/lines_0_1.h"
#include "chat-acceptor/state/tables.h"
#include "chat-delivery/fan_out.h"
#include "chat-delivery/outboxes.h"
#include "chat-delivery/unsent.h"
#include "tests/fuzz/check.h"
#include "tests/fuzz/segment_place.h"

#include <sys/epoll.h>
#include <sys/socket.h>

#include <array>
#include <optional>
#include <vector>

using namespace chat;
using fuzz::Input;
using fuzz::require;

namespace {

constexpr Microseconds now = 1'795'177'865'123'456;
constexpr int max_steps = 64;

struct Pair {
    Pair() {
        std::array<int, 2> ends{};
        require(::socketpair(AF_UNIX, SOCK_STREAM | SOCK_NONBLOCK | SOCK_CLOEXEC, 0, ends.data()) == 0,
                "a pair of sockets is made");
        client = UniqueFd(ends[0]);
        server = UniqueFd(ends[1]);
    }
    UniqueFd client;
    UniqueFd server;
};

// What chat-acceptor does with the segment.
class Acceptor {
  public:
    explicit Acceptor(fuzz::Place& place)
        : segment_(&place.segment()), tables_(*segment_), publisher_(*segment_, tables_) {}

    void recover() {
        publisher_.redo([](const Record&, Position, Position) {});
    }
    void look_around() const {
        const auto slots = segment_->slots().size();
        for (const SlotId client : sessions_.everyone()) require(client.slot < slots, "a client has a slot");
        if (const auto slot = sessions_.find_free_slot()) require(slot->slot < slots, "a free slot is a slot");
        const std::uint32_t id = sessions_.choose_id(now);
        require(id >= lowest_client_id && id <= highest_client_id && !sessions_.find_id(id), "a new id is a free one");
        for (std::uint32_t known = 10'000; known < 10'004; ++known) (void)sessions_.departed().find_id(known, now);
        (void)sessions_.departed().find_name("bob", now);
    }
    void say_goodbye() {
        const std::vector<SlotId> everyone(sessions_.everyone().begin(), sessions_.everyone().end());
        for (const SlotId client : everyone) {
            if (!publisher_.has_control_room()) return;
            Record record;
            record.kind = RecordKind::departed;
            record.sender = client;
            record.session = sessions_.row(client.slot).session;
            record.name = sessions_.row(client.slot).name_view();
            record.at = now;
            (void)publisher_.publish(record);
        }
    }

  private:
    const Segment* segment_;
    Tables tables_;
    Sessions& sessions_ = tables_.sessions;
    Publisher publisher_;
};

void read_client(Inbox& inbox, const Segment& segment, std::uint32_t slot, Pair& sockets) {
    (void)::send(sockets.client.get(), "hello\n@1 /help\n", 15, MSG_NOSIGNAL);
    for (int i = 0; i < max_steps; ++i) {
        const auto line = inbox.next_line();
        if (!line) {
            if (inbox.fill(sockets.server.get()) != Inbox::Fill::some) return;
            continue;
        }
        require(line->text.size() <= segment.sizes().max_line, "no line is too long");
        segment.slots()[slot].parsed = line->state_after;
    }
}

// What chat-delivery does with it.
class Delivery {
  public:
    explicit Delivery(fuzz::Place& place)
        : segment_(&place.segment()),
          epoll_(::epoll_create1(EPOLL_CLOEXEC)),
          outboxes_(*segment_, epoll_.get()),
          fan_out_(*segment_, outboxes_) {}

    void attach(std::uint32_t slot, UniqueFd socket) {
        // A socket without a position in the kernel would be given up at once if its slot were already in use.
        const SlotId client{slot, copy_row(segment_->slots()[slot]).generation};
        std::array<OutboxEnd, 2> ends{};
        std::swap_ranges(ends.begin(), ends.end(), segment_->slots()[slot].outbox);
        for (OutboxEnd& end : segment_->slots()[slot].outbox) end.generation = ~std::uint64_t{0};
        outboxes_.attach(client, std::move(socket));
        std::swap_ranges(ends.begin(), ends.end(), segment_->slots()[slot].outbox);
        outboxes_.mark(slot);
    }
    void deliver() {
        QueueWords& words = segment_->words();
        const QueueReader reader(segment_->queue_ring());
        const Position tail = words.tail;
        Position head = words.head;
        if (head > tail) return;  // delivery ends here, as below, and reports that the segment is damaged
        for (int i = 0; i < max_steps && head < tail; ++i) {
            const auto entry = reader.read(head, tail);
            if (!entry) return;
            const auto record = entry->padding ? std::nullopt : decode(entry->bytes);
            if (record && is_about_used_slots(*record)) fan_out_.deliver(*record);
            head = entry->next;
            words.head = head;
        }
    }
    void write() { outboxes_.flush(); }
    void look_back() {
        for (const std::uint32_t slot : fuzz::used_slots) {
            (void)unsent_messages(*segment_, slot);
            (void)outboxes_.append({slot, 1}, 300, "one more line\n", Origin{10'000, LedgerKind::direct});
            (void)unsent_messages(*segment_, slot);
        }
        write();
        outboxes_.release_idle_memory();
        for (const std::uint32_t slot : fuzz::used_slots)
            outboxes_.end({slot, copy_row(segment_->slots()[slot]).generation});
    }

  private:
    static bool is_about_used_slots(const Record& record) {
        return fuzz::is_used(record.sender.slot) && std::ranges::all_of(record.receivers, [](SlotId receiver) {
                   return fuzz::is_used(receiver.slot) || receiver.slot >= fuzz::place_sizes.slots;
               });
    }

    const Segment* segment_;
    UniqueFd epoll_;
    Outboxes outboxes_;
    FanOut fan_out_;
};

// Both daemons, from the start to the end, with a malicious peer in between. They may only throw DamagedSegment, upon
// which main makes a new segment.
void work(Input& input) {
    static fuzz::Place place;
    place.clear();
    place.spoil(input);
    std::array<Pair, 2> sockets;
    std::vector<Inbox> inboxes;
    for (const std::uint32_t slot : fuzz::used_slots)
        inboxes.emplace_back(place.segment(), slot, input.integer<std::uint16_t>());

    std::optional<Acceptor> acceptor;
    const auto as_acceptor = [&](auto&& step) {
        try {
            if (acceptor) step();
        } catch (const DamagedSegment&) {
            acceptor.reset();
        }
    };
    try {
        acceptor.emplace(place);
    } catch (const DamagedSegment&) {
    }
    as_acceptor([&] { acceptor->recover(); });
    as_acceptor([&] { acceptor->look_around(); });

    Delivery delivery(place);
    for (std::size_t i = 0; i < sockets.size(); ++i)
        delivery.attach(fuzz::used_slots[i], UniqueFd(::dup(sockets[i].server.get())));
    delivery.deliver();
    place.spoil(input);

    for (std::size_t i = 0; i < sockets.size(); ++i)
        read_client(inboxes[i], place.segment(), fuzz::used_slots[i], sockets[i]);
    as_acceptor([&] { acceptor->say_goodbye(); });
    delivery.write();
    place.spoil(input);

    delivery.deliver();
    delivery.look_back();
    lines_0_1::add_ledgers(place.segment());  // as if 0.1.0 had left these lines
}

}  // namespace

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
    Input input(data, size);
    work(input);
    return 0;
}
