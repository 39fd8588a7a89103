// A message's path through both daemons, without sockets, one stage at a time: for a tool that counts instructions
// within the functions named stage_…. Usage: hot_path STAGE [irc]; runs the stage `repeats` times. With irc, all
// clients speak IRC and have asked for message-tags, server-time and account-tag.
#include "chat-acceptor/acts/perform.h"
#include "chat-acceptor/dialects/dialect.h"
#include "chat-delivery/dialects/dialect.h"
#include "chat-delivery/fan_out.h"
#include "shared/memory/irc_table.h"
#include "shared/records/session.h"
#include "tests/unit/publishing.h"
#include "tests/unit/scratch.h"

#include <cstdio>
#include <cstring>

namespace chat::benchmark {
namespace {

constexpr int repeats = 1000;
constexpr std::uint32_t crowd = 100;  // receivers in the room
constexpr std::string_view direct_line =
    "/send client1 xxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxx";
constexpr std::string_view direct_irc_line =
    "PRIVMSG client1 :xxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxx";
constexpr std::string_view room_irc_line =
    "PRIVMSG #films :xxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxx";
constexpr std::string_view room_line = "xxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxx";
constexpr SegmentSizes sizes{.slots = crowd + 1,
                             .max_line = 4096,
                             .inbox = 8192,
                             .outbox = 1U << 20U,
                             .queue = 16U << 20U,
                             .rooms = 4,
                             .memberships = 3,
                             .groups = 3,
                             .members = 3};

struct Scene {
    explicit Scene(DialectId spoken) : dialect(spoken) {
        for (std::uint32_t slot = 0; slot <= crowd; ++slot) {
            const std::string name = "client" + std::to_string(slot);
            publish(acceptor.newcomer({slot, 1}, lowest_client_id + slot, name, {}, dialect));
            deliver();
            if (!is_native()) introduce(slot);
        }
    }
    // A registration with CAP REQ, and a channel.
    void introduce(std::uint32_t slot) {
        sender.slot = slot;
        IrcRow row{};
        row.generation = sender.generation;
        row.user.set("user");
        row.host.set("849add77f136.hidden");
        row.capabilities = irc_capability::message_tags | irc_capability::server_time | irc_capability::account_tag;
        const std::string name(asker().row->name_view());
        std::string text;
        Record record =
            records::Introduced{.name = name, .row = {reinterpret_cast<const char*>(&row), sizeof row}}.record(text);
        complete(record);
        publish(record);
        deliver();
        (void)outboxes.append(sender, acceptor.publisher.next_sequence(), {"\n", {}}, row.capabilities);
        const Draft joins = draft_of("JOIN #films");
        publish(record_of(joins));
        deliver();
        sender.slot = 0;
    }
    [[nodiscard]] Asker asker() const { return {sender, &acceptor.sessions.row(sender.slot), now}; }
    void publish(Record record) { end = acceptor.publisher.publish(record).end; }
    [[nodiscard]] Record next() {
        const auto entry = QueueReader(scratch.segment.queue_ring()).read(at, end);
        if (!entry) throw std::runtime_error("the queue ended early");
        at = entry->next;
        return *decode(entry->bytes);
    }
    void deliver() { fan_out.deliver(next()); }
    [[nodiscard]] Draft draft_of(std::string_view line) {
        return perform(reader_of(dialect).read(line, {&context, asker()}).act, context, asker());
    }
    // Views point into the draft and the row.
    [[nodiscard]] Record record_of(const Draft& draft) {
        Record record = draft.record();
        complete(record);
        return record;
    }
    void complete(Record& record) {
        record.sender = sender;
        record.at = now;
        record.sender_id = lowest_client_id + sender.slot;
        record.session = asker().row->session;
        record.name = asker().row->name_view();
    }

    [[nodiscard]] bool is_native() const { return dialect == DialectId::line; }

    const DialectId dialect;
    const Microseconds now = 1'764'000'000'000'000;
    SlotId sender{0, 1};
    test::ScratchSegment scratch{sizes};
    test::Publishing acceptor{scratch.segment};
    Config config;
    ActContext context{&acceptor.tables, &config};
    Outboxes outboxes{scratch.segment, -1};
    FanOut fan_out{scratch.segment, outboxes};
    const WriterContext writer_context{&scratch.segment, "irc.example.net"};
    Position at = 0;
    Position end = 0;
    std::size_t seen = 0;
};

}  // namespace

// Not inlined; the tool knows them by these names.
extern "C" {

[[gnu::noinline]] void stage_parse(Scene& scene) {
    const Reading reading =
        reader_of(scene.dialect)
            .read(scene.is_native() ? direct_line : direct_irc_line, {&scene.context, scene.asker()});
    scene.seen += reading.tag.size() + std::get<act::SendMessage>(reading.act).text.size();
}

[[gnu::noinline]] void stage_route(Scene& scene, const Act& act) {
    scene.seen += perform(act, scene.context, scene.asker()).record().receivers.size();
}

[[gnu::noinline]] void stage_commit(Scene& scene, const Record& record) {
    scene.publish(record);
}

[[gnu::noinline]] void stage_render(Scene& scene, const Record& record, std::string& lines) {
    const DialectWriter& writer = writer_of(scene.dialect);
    scene.seen += writer.to_receivers(scene.writer_context, record, lines).size();
    scene.seen += writer.to_sender(scene.writer_context, record, Outcome::accepted, lines).size();
}

[[gnu::noinline]] void stage_fan_out(Scene& scene) {
    scene.deliver();
}

[[gnu::noinline]] void stage_fan_out_to_room(Scene& scene) {
    scene.deliver();
}
}

namespace {

void run(std::string_view stage, DialectId dialect) {
    Scene scene(dialect);
    const std::string_view to_one = scene.is_native() ? direct_line : direct_irc_line;
    const std::string_view to_room = scene.is_native() ? room_line : room_irc_line;
    const Act send = reader_of(dialect).read(to_one, {&scene.context, scene.asker()}).act;
    std::string lines;
    for (int i = 0; i < repeats; ++i) {
        const Draft draft = scene.draft_of(stage == "fan_out_to_room" ? to_room : to_one);
        const Record record = scene.record_of(draft);
        if (stage == "parse") {
            stage_parse(scene);
        } else if (stage == "route") {
            stage_route(scene, send);
        } else if (stage == "commit") {
            stage_commit(scene, record);
        } else if (stage == "render") {
            stage_render(scene, record, lines);
        } else if (stage == "fan_out") {
            scene.publish(record);
            stage_fan_out(scene);
        } else if (stage == "fan_out_to_room") {
            scene.publish(record);
            stage_fan_out_to_room(scene);
        } else {
            throw std::runtime_error("there is no such stage");
        }
    }
    std::printf("%d\n", repeats);
}

}  // namespace
}  // namespace chat::benchmark

int main(int argc, char** argv) {
    try {
        const bool is_irc = argc == 3 && std::strcmp(argv[2], "irc") == 0;
        chat::benchmark::run(argc == 2 || is_irc ? argv[1] : "", is_irc ? chat::DialectId::irc : chat::DialectId::line);
        return 0;
    } catch (const std::exception& error) {
        std::fprintf(stderr, "hot_path: %s\n", error.what());
        return 1;
    }
}
