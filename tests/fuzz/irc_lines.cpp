// Lines of an IRC client, before and after its registration: from the reader to records, and out of them as lines for
// IRC clients and native ones. Checks what holds for every line of IRC, and the parts that work on masks, lists, tags
// and formatting codes.
#include "chat-acceptor/acts/perform.h"
#include "chat-acceptor/dialects/dialect.h"
#include "chat-acceptor/dialects/irc/irc_line.h"
#include "chat-acceptor/dialects/irc/joined_chunks.h"
#include "chat-acceptor/dialects/irc/joined_lines.h"
#include "chat-acceptor/dialects/irc/whox.h"
#include "chat-acceptor/publisher.h"
#include "chat-delivery/dialects/dialect.h"
#include "shared/memory/irc_table.h"
#include "shared/records/answer.h"
#include "shared/records/command_tag.h"
#include "shared/records/message.h"
#include "shared/records/session.h"
#include "shared/text/formatting.h"
#include "shared/text/mask.h"
#include "shared/text/pieces.h"
#include "shared/text/text_rules.h"
#include "tests/fuzz/check.h"
#include "tests/fuzz/input.h"
#include "tests/unit/scratch.h"

#include <algorithm>
#include <cstring>
#include <string>
#include <utility>

using namespace chat;
using fuzz::Input;
using fuzz::require;

namespace {

constexpr Microseconds now = 1'795'177'865'123'456;
constexpr SlotId sender{0, 1};
constexpr SlotId native{1, 1};
constexpr SlotId other{2, 1};
constexpr std::size_t longest_of_irc = 512;  // bytes, with its end
constexpr int most_records = 300;            // of one line
constexpr std::size_t longest_tags = 8191;   // bytes, with the @ and the space after them
constexpr std::uint64_t every_capability = (std::uint64_t{1} << 22U) - 1;

class Server {
  public:
    explicit Server(const Segment& segment) : segment_(&segment), tables_(segment), publisher_(segment, tables_) {
        publisher_.redo([](const Record&, Position, Position) {});
        connect(native, 10002, "Bob", DialectId::line);
        connect(other, 10003, "carol", DialectId::irc);
        register_client(other, "carol");
        connect(sender, 10001, "alice", DialectId::irc);
    }

    void register_client(SlotId client, const std::string& nick) {
        process(client, "NICK " + nick);
        process(client, "USER user 0 * :Real Name");
    }
    // False: the client has left. `following`: what it has sent after the line, of which it takes what belongs to it.
    bool process(SlotId client, std::string_view line, std::string_view& following);
    bool process(SlotId client, std::string_view line) {
        std::string_view nothing;
        return process(client, line, nothing);
    }

  private:
    void connect(SlotId client, std::uint32_t id, std::string_view name, DialectId dialect) {
        std::string text;
        Record record = records::Connected{.peer = "127.0.0.1:40000", .dialect = dialect}.record(text);
        record.sender = client;
        record.sender_id = id;
        record.session = publisher_.next_sequence();
        record.name = name;
        publish(record);
    }
    void publish(Record record);
    void check_lines(const Record& record);

    const Segment* segment_;
    Tables tables_;
    Publisher publisher_;
    Config config_;
    ActContext context_{&tables_, &config_, 5001};
    WriterContext writing_{segment_, "irc.example.org"};
    std::uint64_t parsed_ = 0;
};

bool Server::process(SlotId client, std::string_view line, std::string_view& following) {
    parsed_ += 2;
    for (int count = 0;; ++count) {
        require(count < most_records, "a line ends");
        const ClientRow& row = tables_.sessions.row(client.slot);
        const Asker asker{client, &row, now};
        ReadContext reading_context{&context_, asker};
        Reading reading = reader_of(DialectId::irc).read(line, reading_context);
        if (reading.needs != Reading::Needs::nothing) {
            reading_context.following = following;
            reading_context.has_ended = true;
            reading = reader_of(DialectId::irc).read(line, reading_context);
            require(reading.needs == Reading::Needs::nothing && reading.following_used <= following.size(),
                    "a line without an end is given up");
            following.remove_prefix(reading.following_used);
        }
        const Draft draft = reading.answer ? *reading.answer : perform(reading.act, context_, asker);
        Record record = draft.record();
        record.sender = client;
        record.sender_id = row.client_id;
        record.next_step = reading.next_step;
        const bool continues = records::is_part_of_list(record) || reading.next_step != 0;
        record.sender_state = continues ? 0 : parsed_;
        record.session = row.session;
        const std::string command_tag =
            IrcCommandTag{.subject = reading.tag, .label = reading.label, .is_first_of_line = count == 0}.text();
        record.tag = command_tag;
        if (record.name.empty()) record.name = row.name_view();
        std::string tagged;
        const bool is_message = record.kind == RecordKind::message || record.kind == RecordKind::tag_message;
        if (is_message && !reading.message_tags.empty())
            records::Message::put_tags(record, reading.message_tags, tagged);
        const bool leaves = record.kind == RecordKind::departed;
        publish(record);
        if (leaves) return false;
        if (!continues) return true;
    }
}

void Server::publish(Record record) {
    record.at = now;
    require(publisher_.has_room(), "there is room: everything before is done with");
    const auto begin = publisher_.tail();
    const auto published = publisher_.publish(record);
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

void Server::check_lines(const Record& record) {
    const auto check = [](std::string_view lines) {
        while (!lines.empty()) {
            const std::size_t end = lines.find("\r\n");
            require(end != std::string_view::npos, "a line of IRC ends");
            std::string_view line = lines.substr(0, end);
            lines.remove_prefix(end + 2);
            if (line.starts_with('@')) {
                const std::size_t tags = line.find(' ') + 1;
                require(tags > 2 && tags <= longest_tags, "the tags of a line have a limit");
                require(irc::is_irc_text(line.substr(0, tags)), "the tags of a line are UTF-8");
                line.remove_prefix(tags);
            }
            require(line.size() + 2 <= longest_of_irc, "a line of IRC has a limit");
            require(line.find_first_of(std::string_view("\r\n\0", 3)) == std::string_view::npos, "a line is one line");
            require(line.starts_with(':') || line.starts_with("ERROR :"), "a line has a source");
            require(irc::is_irc_text(line), "a line is UTF-8");
            require(!irc::parse_line(line).command.empty(), "a line has a command");
        }
    };
    std::string lines;
    for (const std::uint64_t voice : {std::uint64_t{0}, every_capability}) {
        writing_.voice = voice;
        check(irc_writer.to_receivers(writing_, record, lines));
        for (const Outcome outcome : {Outcome::accepted, Outcome::discarded})
            if (record.sender != native) check(irc_writer.to_sender(writing_, record, outcome, lines));
    }
    std::string_view for_native = line_writer.to_receivers(writing_, record, lines);
    require(for_native.empty() || for_native.ends_with('\n'), "a line for a native client ends");
    while (!for_native.empty()) {
        const std::string_view line = for_native.substr(0, for_native.find('\n'));
        for_native.remove_prefix(line.size() + 1);
        require(fuzz::is_printable(line), "a line for a native client is clean text");
    }
}

// A text of several lines, and the pieces of any text.
void check_joined(std::string_view text) {
    const irc::JoinedLines joined("r", "#a", text);
    require(joined.used() <= text.size() && joined.lines() <= irc::most_joined_lines, "a batch has limits");
    require(joined.text().size() <= irc::most_joined_bytes && irc::is_irc_text(without_formatting(joined.text())),
            "lines are joined to a text");
    constexpr std::size_t most = 40;
    std::string whole;
    bool is_first = true;
    for (const TextPiece& piece : pieces_of(text, most, SplitSpace::kept, joined.joints())) {
        require(piece.text.size() <= most && piece.text.find('\n') == std::string_view::npos, "a piece is short");
        if (!std::exchange(is_first, false) && !piece.continues) whole += '\n';
        whole += piece.text;
    }
    require(whole == text, "the pieces of a text are all of it");
}

void check_parts(std::string_view line) {
    const irc::Line parsed = irc::parse_line(line);
    require(parsed.params.size() <= irc::Params::most, "a line has a limited number of parameters");
    for (const std::string_view param : parsed.params)
        require(param.data() >= line.data() && param.data() + param.size() <= line.data() + line.size(),
                "a parameter is in the line");
    for (const std::string_view item : irc::split_list(line))
        require(!item.empty() && item.find(',') == std::string_view::npos, "an item of a list is not empty");
    const std::string plain = without_formatting(line);
    const auto breaks = static_cast<std::size_t>(std::count(line.begin(), line.end(), '\n'));
    require(!has_formatting(plain) && without_formatting(plain) == plain &&
                plain.size() <= line.size() + breaks * shown_line_break.size(),
            "a plain text stays as it is");
    const std::size_t middle = line.size() / 2;
    require(matches("*", line) && matches(std::string(line) + "*", line), "a text matches its own beginning");
    (void)matches(line.substr(0, middle), line.substr(middle));
    const irc::JoinedChunks joined(line.substr(0, middle), line.substr(middle));
    require(joined.used() <= line.size() - middle, "a message is made of the lines that follow");
    check_joined(line);
    for (const std::string_view name : {"batch", "label", "+x"})
        require(irc::has_tag(parsed.tags, name) || irc::tag_value(parsed.tags, name).empty(),
                "only a tag that is there has a value");
    require(irc::beginning_of(line, middle).size() <= middle && line.starts_with(irc::beginning_of(line, middle)),
            "a beginning is short");
    const auto options = irc::parse_who_options(line);
    require(options.token.find_first_not_of("0123456789") == std::string_view::npos, "a token is a number");
    const std::string mask = completed_mask(line);
    require(mask.size() <= max_mask_size && (mask.empty() || completed_mask(mask) == mask), "a mask is complete");
    require(mask.find_first_of(" \r\n") == std::string::npos, "a mask is a word");
}

struct Place {
    Place() { Segment::remove(scratch.instance.name()); }

    // As a new segment is.
    void clear() {
        const Segment& segment = scratch.segment;
        QueueWords& words = segment.words();
        for (SharedWord* word :
             {&words.tail, &words.checkpoint, &words.sequence, &words.sessions_logged, &words.head, &words.logged})
            *word = 0;
        const auto erase = [](auto rows) { std::memset(static_cast<void*>(rows.data()), 0, rows.size_bytes()); };
        erase(segment.slots());
        erase(segment.irc());
        erase(segment.departed());
        erase(segment.rooms());
        erase(segment.room_states());
        erase(segment.room_entries());
        erase(segment.watches());
        erase(segment.metadata());
        for (std::uint32_t slot = 0; slot < segment.slots().size(); ++slot) {
            erase(segment.memberships(slot));
            erase(segment.joined(slot));
        }
    }

    test::ScratchSegment scratch;
};

}  // namespace

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
    static Place place;
    Input input(data, size);
    const bool is_registered = input.boolean();
    const std::string bytes = input.rest();
    check_parts(bytes);

    place.clear();
    Server server(place.scratch.segment);
    if (is_registered) server.register_client(sender, "alice");
    std::string_view rest = bytes;
    for (int count = 0; count < 40 && !rest.empty(); ++count) {
        const std::string_view line = rest.substr(0, rest.find('\n'));
        rest.remove_prefix(std::min(line.size() + 1, rest.size()));
        if (line.empty() || line.size() > test::small_sizes.max_line) continue;
        if (!server.process(sender, line, rest)) return 0;
    }
    return 0;
}
