// Publishing, and what every desk may need.
#include "chat-acceptor/floor.h"

#include "chat-acceptor/clients/proxied_newcomers.h"
#include "chat-acceptor/dialects/dialect.h"
#include "chat-acceptor/questions/sleeper.h"
#include "shared/records/group.h"
#include "shared/system/crash_point.h"
#include "shared/system/inherited_sockets.h"

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

}  // namespace

Record record_about(const Sessions& sessions, SlotId client, Record record) {
    const ClientRow& row = sessions.row(client.slot);
    record.sender = client;
    record.sender_id = row.client_id;
    record.session = row.session;
    if (record.name.empty()) record.name = row.name_view();
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
      act_context{&tables, &config},
      questions(max_questions, answer_timeout) {
#ifdef CHAT_CRASH_POINTS
    questions.set_answerer(Authority::sleeper, std::make_unique<Sleeper>());
#endif
}

Publisher::Published Floor::publish(const Record& record) {
    const auto published = publisher.publish(record);
    if (SessionLog::concerns(record)) session_log.add(published.end - encoded_size(record));
    if (observer) {
        Record numbered = record;
        numbered.sequence = published.sequence;
        numbered.at = published.at;
        observer(numbered, false);
    }
    if (record.kind == RecordKind::departed || record.kind == RecordKind::group_left) announce_group_admins();
    return published;
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

bool Floor::may_note(Microseconds now) noexcept {
    return notes_.take(notes_a_second, notes_at_once, now);
}

void Floor::store_client_socket(int fd, DialectId dialect, bool is_proxied) const {
    if (std::cmp_less(tables.sessions.everyone().size(), config.fd_store_max))
        store_socket(fd, stored_name_of(dialect, is_proxied).c_str());
}

}  // namespace chat
