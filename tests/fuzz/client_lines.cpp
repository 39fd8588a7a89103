// Bytes of a client, in pieces of any size: through the inbox, line by line, command by command, into records, and out
// of them as lines for every receiver. Checks the rules of protocol sections 1 and 4 that hold for every input.
//
// After any piece the process may be replaced by a successor that has only the shared memory: nobody can tell.
#include "chat-acceptor/acts/perform.h"
#include "chat-acceptor/clients/inbox.h"
#include "chat-acceptor/dialects/line/line_reader.h"
#include "chat-acceptor/floor.h"
#include "chat-acceptor/publisher.h"
#include "chat-delivery/dialects/line/render.h"
#include "shared/text/protocol.h"
#include "shared/text/text_rules.h"
#include "tests/fuzz/check.h"
#include "tests/fuzz/input.h"
#include "tests/unit/scratch.h"

#include <sys/socket.h>

#include <algorithm>
#include <array>
#include <cstring>
#include <deque>
#include <memory>
#include <optional>
#include <vector>

using namespace chat;
using fuzz::Input;
using fuzz::require;

namespace {

constexpr std::size_t max_line = test::small_sizes.max_line;
constexpr std::size_t more_from_server = 512;
constexpr Microseconds now = 1'795'177'865'123'456;
constexpr SlotId sender{0, 1};

struct ExpectedLine {
    std::string text;
    bool too_long;
};

// What the inbox must make of the bytes, written as simply as possible.
std::deque<ExpectedLine> expected_lines(std::string_view bytes) {
    std::deque<ExpectedLine> lines;
    while (!bytes.empty()) {
        const std::size_t end = bytes.find('\n');
        std::string_view line = bytes.substr(0, end);
        bytes.remove_prefix(end == std::string_view::npos ? bytes.size() : end + 1);
        if (line.size() >= max_line) {
            std::string seen(line.substr(0, max_line));
            lines.push_back({std::move(seen), true});
            continue;
        }
        if (end == std::string_view::npos) break;
        if (line.ends_with('\r')) line.remove_suffix(1);
        if (!line.empty()) lines.push_back({std::string(line), false});
    }
    return lines;
}

// The acceptor's rooms on a segment, as in one process.
class Process {
  public:
    explicit Process(const Segment& segment, std::uint64_t received)
        : segment_(&segment), tables_(segment), publisher_(segment, tables_), inbox_(segment, sender.slot, received) {
        publisher_.redo([](const Record&, Position, Position) {});
    }

    void connect(SlotId client, std::uint32_t id, std::string_view name) {
        Record record;
        record.kind = RecordKind::connected;
        record.sender = client;
        record.sender_id = id;
        record.session = publisher_.next_sequence();
        record.name = name;
        record.text = "127.0.0.1:40000";
        publish(record);
    }
    void announce(SlotId client) {
        Record record = about(client, RecordKind::online);
        const Receivers receivers = announcement_receivers(context_, client);
        record.receivers = receivers.span();
        record.number = sessions_.announced_count() + 1;
        publish(record);
    }
    void disconnect(SlotId client) { publish(about(client, RecordKind::departed)); }

    [[nodiscard]] Inbox& inbox() noexcept { return inbox_; }
    [[nodiscard]] const Sessions& sessions() const noexcept { return sessions_; }
    // False: the client has left by its command.
    bool process(const Inbox::Line& line);

  private:
    [[nodiscard]] Record about(SlotId client, RecordKind kind) const { return record_about(sessions_, client, kind); }
    [[nodiscard]] Draft answer(const Reading& reading) const;
    void publish(Record record);
    void check_lines(const Record& record) const;

    const Segment* segment_;
    Tables tables_;
    Sessions& sessions_ = tables_.sessions;
    Publisher publisher_;
    Inbox inbox_;
    Config config_;
    ActContext context_{&tables_, &config_, 5001};
};

Draft Process::answer(const Reading& reading) const {
    if (reading.answer) return *reading.answer;
    const std::string bytes = encode_act(reading.act);
    const auto read_back = decode_act(bytes);
    require(read_back && encode_act(*read_back) == bytes, "an act can be written and read back");
    return perform(reading.act, context_, {sender, &sessions_.row(sender.slot), now});
}

bool Process::process(const Inbox::Line& line) {
    const std::uint64_t parsed = segment_->slots()[sender.slot].parsed;
    require(line.state_after >> 1U > parsed >> 1U, "each line takes the stream forward");
    require(is_clean_text(line.text) == fuzz::is_printable(line.text), "clean text is what may be passed on");
    Reading reading;
    if (line.too_long) {
        reading.tag = line_reader.find_marks(line.text).tag;
        reading.answer = std::make_unique<Draft>(Draft::refusal(ErrorCode::line_too_long, "too long"));
    } else {
        reading = line_reader.read(line.text, {&context_, {sender, &sessions_.row(sender.slot), now}});
    }
    const Draft draft = answer(reading);
    Record record = draft.record();
    const ClientRow& row = sessions_.row(sender.slot);
    record.sender = sender;
    record.sender_id = row.client_id;
    record.sender_state = line.state_after;
    record.session = row.session;
    record.tag = reading.tag;
    if (record.name.empty()) record.name = row.name_view();
    const bool succeeded = record.kind != RecordKind::error && !record.is_discarded();
    const bool leaves = record.kind == RecordKind::departed;
    publish(record);
    if (leaves) return false;
    require(segment_->slots()[sender.slot].parsed == line.state_after, "a processed line is skipped");
    if (succeeded && !sessions_.row(sender.slot).announced) announce(sender);
    return true;
}

void Process::publish(Record record) {
    record.at = now;
    require(publisher_.has_room(), "there is room: everything before is done with");
    const auto begin = publisher_.tail();
    const auto published = publisher_.publish(record);

    // Delivery's side of the queue.
    const QueueReader reader(segment_->queue_ring());
    auto entry = reader.read(begin, published.end);
    if (entry && entry->padding) entry = reader.read(entry->next, published.end);
    require(entry && entry->next == published.end, "the record is in the queue");
    const auto read = decode(entry->bytes);
    require(read.has_value() && read->sequence == published.sequence, "the record can be decoded");
    check_lines(*read);
    QueueWords& words = segment_->words();
    words.head = words.logged = words.sessions_logged = published.end;
}

void Process::check_lines(const Record& record) const {
    require(record.kind != RecordKind::error || record.number < error_words.size(), "an error has a code");
    const auto slots = segment_->slots().size();
    for (const SlotId receiver : record.receivers)
        require(receiver.slot < slots && sessions_.row(receiver.slot).generation == receiver.generation,
                "receivers are clients");
    std::string lines;
    const auto check = [&](std::string_view rest, bool is_answer) {
        while (!rest.empty()) {
            const std::size_t end = rest.find('\n');
            require(end != std::string_view::npos, "a line from the server ends");
            require(end + 1 <= max_line + more_from_server, "a line from the server has a limit");
            const std::string_view line = rest.substr(0, end);
            rest.remove_prefix(end + 1);
            require(fuzz::is_printable(line), "a line from the server is clean text");
            const auto parsed = parse_server_line(line);
            require(parsed.has_value(), "a line from the server can be taken apart");
            require(!is_answer || parsed->value("tag") == record.tag, "an answer has the tag of its command");
        }
    };
    check(render_for_receivers(record, lines), false);
    for (const Outcome outcome : {Outcome::accepted, Outcome::discarded}) {
        const std::string_view answer = render_for_sender(record, outcome, lines);
        require(!answer.empty() || record.tag.empty(), "a tagged command is answered");
        require(!answer.empty() || record.kind != RecordKind::error, "an error is answered");
        check(answer, true);
    }
}

struct Place {
    Place() { Segment::remove(scratch.instance.name()); }

    // As a new segment is.
    void clear() {
        QueueWords& words = segment().words();
        for (SharedWord* word :
             {&words.tail, &words.checkpoint, &words.sequence, &words.sessions_logged, &words.head, &words.logged})
            *word = 0;
        std::memset(static_cast<void*>(segment().slots().data()), 0, segment().slots().size_bytes());
        for (DepartedRow& row : segment().departed()) {
            if (row.left_by == 0) break;
            row = {};
        }
        segment().release_inbox(sender.slot);
    }
    [[nodiscard]] const Segment& segment() const noexcept { return scratch.segment; }

    test::ScratchSegment scratch;
};

void require_same(const Sessions& left, const Sessions& right) {
    require(std::ranges::equal(left.everyone(), right.everyone()) && left.announced_count() == right.announced_count(),
            "a successor finds the same clients");
    for (const SlotId client : left.everyone()) {
        const ClientRow& row = left.row(client.slot);
        require(right.find_name(row.name_view()) == client && right.find_id(row.client_id) == client,
                "a successor finds them by name and id");
    }
}

}  // namespace

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
    static Place place;
    Input input(data, size);
    const auto piece = input.integer_between<std::size_t>(1, 1024);
    const auto restart_after = input.integer<std::uint8_t>();
    const std::string bytes = input.rest();
    auto expected = expected_lines(bytes);

    place.clear();
    std::optional<Process> process;
    process.emplace(place.segment(), 0);
    process->connect({1, 1}, 10002, "Bob");
    process->connect({2, 1}, 10003, "carol");
    process->connect(sender, 10001, "alice");
    process->announce({1, 1});
    process->disconnect({2, 1});

    std::array<int, 2> ends{};
    require(::socketpair(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0, ends.data()) == 0, "a pair of sockets is made");
    const UniqueFd client(ends[0]);
    const UniqueFd socket(ends[1]);
    std::uint64_t sent = 0;
    for (std::size_t at = 0, pieces = 0; at < bytes.size(); at += piece, ++pieces) {
        const std::string_view part = std::string_view(bytes).substr(at, piece);
        require(::send(client.get(), part.data(), part.size(), MSG_DONTWAIT | MSG_NOSIGNAL) ==
                    static_cast<ssize_t>(part.size()),
                "a piece fits the socket");
        sent += part.size();
        while (process->inbox().fill(socket.get()) == Inbox::Fill::some) {
            while (const auto line = process->inbox().next_line()) {
                require(!line->text.empty() && line->text.size() <= max_line, "a line is neither empty nor too long");
                require(!expected.empty() && line->text == expected.front().text &&
                            line->too_long == expected.front().too_long,
                        "lines come out as they were sent");
                expected.pop_front();
                if (!process->process(*line)) return 0;
            }
        }
        if (pieces == restart_after) {
            const Sessions before = process->sessions();
            process.emplace(place.segment(), sent);
            require_same(before, process->sessions());
        }
    }
    require(expected.empty(), "every line comes out");
    return 0;
}
