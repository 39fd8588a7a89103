// The numbers for monitoring systems: Metrics. docs/operate/monitoring.md has a row for each.
#include "chat-acceptor/admin/admin_commands.h"
#include "chat-acceptor/admin/admin_queue.h"
#include "shared/memory/memory_bound.h"
#include "shared/system/clock.h"

#include <algorithm>
#include <array>
#include <string_view>
#include <utility>

namespace chat {
namespace {

constexpr double microseconds_a_second = 1e6;
constexpr std::int64_t mib = 1 << 20;

// The metrics in the order in which they are shown; the samples of each follow it.
class Metrics {
  public:
    void gauge(std::string_view name, std::string_view unit, std::string_view help) { add(name, "gauge", unit, help); }
    void counter(std::string_view name, std::string_view unit, std::string_view help) {
        add(name, "counter", unit, help);
    }
    void info(std::string_view name, std::string_view help) { add(name, "info", "", help); }

    void sample(Json value, Json labels = Json::object()) {
        samples_.push_back(Json{{"labels", std::move(labels)}, {"value", std::move(value)}});
    }
    // A metric with one sample.
    void gauge(std::string_view name, std::string_view unit, std::string_view help, Json value) {
        gauge(name, unit, help);
        sample(std::move(value));
    }
    void counter(std::string_view name, std::string_view unit, std::string_view help, Json value) {
        counter(name, unit, help);
        sample(std::move(value));
    }

    [[nodiscard]] Json take() {
        finish();
        return Json::array(std::move(metrics_));
    }

  private:
    void add(std::string_view name, std::string_view type, std::string_view unit, std::string_view help) {
        finish();
        metrics_.push_back(Json{{"name", name}, {"type", type}});
        if (!unit.empty()) metrics_.back().set("unit", unit);
        metrics_.back().set("help", help);
    }
    void finish() {
        if (!metrics_.empty()) metrics_.back().set("samples", Json::array(std::exchange(samples_, {})));
    }

    std::vector<Json> metrics_;
    std::vector<Json> samples_;
};

std::string_view word_of(Refusal refusal) noexcept {
    switch (refusal) {
        case Refusal::limit:
            return "limit";
        case Refusal::too_many:
            return "address-limit";
        case Refusal::too_fast:
            return "address-rate";
        case Refusal::banned:
            return "banned";
        case Refusal::busy:
            return "busy";
        case Refusal::forgotten:
            return "forgotten";
        case Refusal::unfit:
            return "unfit";
        case Refusal::disabled:
            break;
    }
    return "disabled";
}

double seconds(Microseconds time) {
    return static_cast<double>(time) / microseconds_a_second;
}

void add_server(Metrics& metrics, const AdminContext& context) {
    Acceptor& acceptor = *context.acceptor;
    metrics.info("chat_build", "The version of the server.");
    metrics.sample(1U, {{"version", CHAT_VERSION}});
    metrics.gauge("chat_start_time_seconds", "seconds", "When the acceptor started, in seconds since 1970.",
                  seconds(context.started_at));
    metrics.gauge("chat_recovery_seconds", "seconds", "How long the acceptor took to take over clients at its start.",
                  seconds(acceptor.recovery_time()));
    metrics.gauge("chat_delivery_connected", "", "1 while the acceptor is connected to delivery.",
                  acceptor.is_delivery_present() ? 1U : 0U);
    metrics.gauge("chat_troubles", "", "Problems that `chatctl status` describes.", acceptor.troubles().size());
}

void add_clients(Metrics& metrics, const AdminContext& context) {
    const Acceptor& acceptor = *context.acceptor;
    const AdminFeed::Counts& counts = context.feed->counts();
    metrics.gauge("chat_clients", "", "Connected clients.", acceptor.sessions().everyone().size());
    metrics.gauge("chat_client_limit", "", "The most clients that are admitted: limits.max_clients.",
                  acceptor.config().max_clients);
    metrics.counter("chat_connections", "", "Connections that became clients.", counts.sessions);
    metrics.counter("chat_refusals", "", "Connections that were refused, by reason.");
    for (std::size_t reason = 0; reason < refusal_count; ++reason)
        metrics.sample(acceptor.refused_count(static_cast<Refusal>(reason)),
                       {{"reason", word_of(static_cast<Refusal>(reason))}});
    metrics.counter("chat_departures", "", "Clients that left, by reason.");
    for (std::size_t reason = 1; reason < leave_reason_count; ++reason)
        metrics.sample(counts.left[reason], {{"reason", word_of(static_cast<LeaveReason>(reason))}});
    metrics.counter("chat_logins", "", "Logins that proved an account.", counts.logins);
    metrics.counter("chat_registrations", "", "Names that were registered.", counts.registrations);
}

void add_messages(Metrics& metrics, const AdminContext& context) {
    const AdminFeed::Counts& counts = context.feed->counts();
    metrics.counter("chat_messages", "", "Messages, by scope and outcome.");
    for (std::size_t scope = 0; scope < message_scope_count; ++scope) {
        const std::string_view word = word_of(static_cast<MessageScope>(scope));
        metrics.sample(counts.accepted[scope] - counts.discarded[scope], {{"scope", word}, {"outcome", "accepted"}});
        metrics.sample(counts.discarded[scope], {{"scope", word}, {"outcome", "undelivered"}});
    }
    metrics.counter("chat_errors", "", "Commands that were answered with an error, by its code.");
    for (std::size_t code = 0; code < error_words.size(); ++code)
        metrics.sample(counts.errors[code], {{"code", error_words[code]}});
    metrics.gauge("chat_questions", "", "Commands that wait for an answer, by who is asked.");
    metrics.sample(context.acceptor->questions().count(Authority::accounts), {{"asked", "accounts"}});
    metrics.sample(context.acceptor->questions().count(Authority::history), {{"asked", "history"}});
}

void add_traffic(Metrics& metrics, const AdminContext& context) {
    const Acceptor& acceptor = *context.acceptor;
    std::uint64_t received = context.feed->counts().received;
    std::uint64_t sent = context.feed->counts().sent;
    std::uint64_t waiting = 0;
    std::uint64_t most = 0;
    for (const SlotId client : acceptor.sessions().everyone()) {
        const Slot& slot = acceptor.segment().slots()[client.slot];
        const std::uint64_t unsent = unsent_bytes(slot, client.generation);
        received += received_bytes(slot);
        sent += sent_bytes(slot);
        waiting += unsent;
        most = std::max(most, unsent);
    }
    metrics.counter("chat_received_bytes", "bytes", "Bytes of lines from clients.", received);
    metrics.counter("chat_sent_bytes", "bytes", "Bytes that clients' sockets have taken.", sent);
    metrics.gauge("chat_outbox_bytes", "bytes", "Bytes for clients that their sockets have not taken.", waiting);
    metrics.gauge("chat_outbox_largest_bytes", "bytes", "Those of the client for which most wait.", most);
    metrics.counter("chat_files", "", "Files that were offered to their receivers.", context.feed->counts().files);
    metrics.gauge("chat_file_spool_bytes", "bytes", "Bytes of files that wait for their receivers.",
                  acceptor.files().reserved_bytes());
    metrics.gauge("chat_file_spool_limit_bytes", "bytes", "The most bytes of files that may wait: files.spool_mb.",
                  acceptor.config().spool_mb * mib);
}

void add_queue(Metrics& metrics, const Segment& segment) {
    const QueueState queue = queue_state(segment, wall_clock());
    metrics.gauge("chat_queue_size_bytes", "bytes", "Size of the queue between the daemons.", queue.size);
    metrics.gauge("chat_queue_undelivered_bytes", "bytes", "What delivery has not processed.", queue.undelivered);
    metrics.gauge("chat_queue_unlogged_bytes", "bytes", "What is not in the log yet, by its writer.");
    metrics.sample(queue.unlogged_messages, {{"log", "messages"}});
    metrics.sample(queue.unlogged_sessions, {{"log", "sessions"}});
    metrics.gauge("chat_log_delay_seconds", "seconds", "Age of the oldest record that is not in the log yet.",
                  seconds(queue.log_delay));
    metrics.gauge("chat_memory_shared_bytes", "bytes", "Shared memory in use.", segment.backed_bytes());
    metrics.gauge("chat_memory_bound_bytes", "bytes", "What both daemons can need with these settings.",
                  memory_bound(segment));
    if (const auto limit = memory_limit())
        metrics.gauge("chat_memory_limit_bytes", "bytes", "The limit of the acceptor's control group.", *limit);
}

}  // namespace

AdminAnswer admin_metrics(AdminContext& context, const AdminRequest& /*request*/) {
    context.acceptor->catch_up_with_log();
    Metrics metrics;
    add_server(metrics, context);
    add_clients(metrics, context);
    add_messages(metrics, context);
    add_traffic(metrics, context);
    add_queue(metrics, context.acceptor->segment());
    return {{{{"metrics", metrics.take()}}, {}, false}, {}};
}

}  // namespace chat
