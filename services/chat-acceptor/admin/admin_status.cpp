// The state of the server and who is connected: Status, Clients.
#include "chat-acceptor/admin/admin_commands.h"
#include "chat-acceptor/admin/admin_queue.h"
#include "shared/memory/memory_bound.h"
#include "shared/records/dialect_id.h"
#include "shared/system/clock.h"
#include "shared/text/hex.h"

#include <unistd.h>

#include <algorithm>
#include <memory>

namespace chat {
namespace {

constexpr std::size_t clients_a_batch = 256;
constexpr Microseconds second = 1'000'000;

Json queue_of(const Segment& segment, Microseconds now) {
    const QueueState queue = queue_state(segment, now);
    return {{"size", queue.size},
            {"undelivered", queue.undelivered},
            {"unlogged_messages", queue.unlogged_messages},
            {"unlogged_sessions", queue.unlogged_sessions},
            {"log_delay", queue.log_delay / millisecond}};
}

Json memory_of(const Segment& segment) {
    Json memory{{"bound", memory_bound(segment)}, {"shared", segment.backed_bytes()}};
    if (const auto limit = memory_limit()) memory.set("limit", *limit);
    return memory;
}

Json client_of(const Acceptor& acceptor, SlotId client) {
    const ClientRow& row = acceptor.sessions().row(client.slot);
    std::vector<Json> rooms;
    for (const Room room : acceptor.rooms().rooms_of(client)) rooms.emplace_back(acceptor.rooms().name(room));
    Json json{{"id", row.client_id},
              {"name", row.name_view()},
              {"peer", row.peer_view()},
              {"connected", time_text(row.connected_at)},
              {"announced", row.announced},
              {"rooms", Json::array(std::move(rooms))},
              {"outbox", unsent_bytes(acceptor.segment().slots()[client.slot], client.generation)},
              {"dialect", dialect_id(row.dialect) == DialectId::irc ? "irc" : "native"}};
    if (const TlsFacts tls = row.tls(); tls.is_secure) {
        Json facts = Json::object();
        if (is_set(tls.fingerprint)) facts.set("fingerprint", hex_of(tls.fingerprint));
        if (!tls.common_name.empty()) facts.set("common_name", tls.common_name);
        json.set("tls", std::move(facts));
    }
    return json;
}

}  // namespace

AdminAnswer admin_status(AdminContext& context, const AdminRequest& /*request*/) {
    context.acceptor->catch_up_with_log();
    const Acceptor& acceptor = *context.acceptor;
    const Microseconds now = wall_clock();
    const AdminFeed::Counts& counts = context.feed->counts();
    Json status{{"version", CHAT_VERSION},
                {"pid", ::getpid()},
                {"started", time_text(context.started_at)},
                {"uptime", std::max<Microseconds>(0, now - context.started_at) / second},
                {"clients", acceptor.sessions().everyone().size()},
                {"limit", acceptor.config().max_clients},
                {"irc_clients", acceptor.sessions().irc_count()},
                {"delivery", acceptor.is_delivery_present()},
                {"queue", queue_of(acceptor.segment(), now)},
                {"memory", memory_of(acceptor.segment())},
                {"counts",
                 {{"sessions", counts.sessions},
                  {"departures", counts.departures},
                  {"refused", acceptor.refused_count()},
                  {"messages", counts.messages}}},
                {"listening", context.listening},
                {"trouble", context.acceptor->troubles()}};
    return {{std::move(status), {}, false}, {}};
}

AdminAnswer admin_clients(AdminContext& context, const AdminRequest& /*request*/) {
    const Acceptor* acceptor = context.acceptor;
    const auto everyone = acceptor->sessions().everyone();
    AdminAnswer answer;
    answer.batches = [acceptor, clients = std::vector<SlotId>(everyone.begin(), everyone.end()),
                      next = std::size_t{0}]() mutable {
        std::vector<Json> rows;
        for (; next < clients.size() && rows.size() < clients_a_batch; ++next)
            if (is_client_here(acceptor->segment(), clients[next])) rows.push_back(client_of(*acceptor, clients[next]));
        return AdminBatch{varlink::Reply{{{"clients", Json::array(std::move(rows))}}, {}, false},
                          next == clients.size()};
    };
    return answer;
}

}  // namespace chat
