// Contradictions between settings, and the limits that follow from several of them.
#include "shared/system/config_together.h"

#include "shared/records/bounds.h"
#include "shared/records/group.h"

#include <algorithm>
#include <string>
#include <string_view>
#include <utility>

namespace chat {
namespace {

// Bytes by which a server line may exceed a client line.
constexpr std::size_t more_from_server = 512;

[[noreturn]] void fail(std::string_view key, const std::string& problem) {
    throw ConfigError("configuration: " + std::string(key) + ": " + problem);
}

// A file that can never fit would be refused with "try again later" forever. Defaults adapt to what is set.
void check_files(const Config& config) {
    const bool is_set = config.origins.contains("files.max_file_mb");
    if (is_set && config.max_file_mb > config.spool_mb)
        fail("files.max_file_mb", "at most " + std::to_string(config.spool_mb) + " fit into files.spool_mb");
    if (is_set && config.max_file_mb > config.spool_mb_per_client())
        fail("files.max_file_mb",
             "at most " + std::to_string(config.max_mb_per_client) + " fit into files.max_mb_per_client");
    if (config.max_mb_per_client > config.spool_mb)
        fail("files.max_mb_per_client", "at most " + std::to_string(config.spool_mb) + " fit into files.spool_mb");
}

}  // namespace

void check_together(const Config& config) {
    const auto size = [](std::int64_t setting) { return static_cast<std::size_t>(setting); };
    // An eighth of the queue is reserved for control records and must hold the largest record.
    const std::size_t needed = 8 * largest_record({.clients = size(config.max_clients),
                                                   .memberships = size(config.max_rooms_per_client) + 1,
                                                   .members = size(config.max_group_members),
                                                   .transfers = size(config.max_transfers),
                                                   .line = size(config.max_line)});
    if (size(config.queue_mib) * 1024 * 1024 < needed)
        fail("limits.queue_mib", "at least " + std::to_string(needed / 1024 / 1024 + 1) +
                                     " are needed for limits.max_clients = " + std::to_string(config.max_clients) +
                                     ", limits.max_line = " + std::to_string(config.max_line) +
                                     " and files.max_transfers = " + std::to_string(config.max_transfers));
    check_files(config);
    if (config.accounts_backend == "script" && !config.accounts_script_socket.starts_with('/'))
        fail("accounts.backend", "accounts.script_socket has to be the path of a socket");
    // Each of these places takes 12 bytes of shared memory and 8 of the acceptor's.
    constexpr std::int64_t max_places = 16 * 1024 * 1024;
    if (config.slots() * (config.max_rooms_per_client + 1) > max_places)
        fail("limits.max_rooms_per_client", "at most " + std::to_string(max_places / config.slots() - 1) +
                                                " for limits.max_clients = " + std::to_string(config.max_clients));
    if (config.outbox_kib * 1024 < config.max_line * 4)
        fail("limits.outbox_kib", "four lines of limits.max_line must fit");
    // A single server line lists all members of a group.
    const std::size_t line = size(config.max_line) + more_from_server;
    if (largest_group_line(size(config.max_group_members)) > line)
        fail("limits.max_group_members",
             "at most " + std::to_string(max_members_in_line(line)) +
                 " fit into a line of limits.max_line = " + std::to_string(config.max_line));
    if (std::cmp_greater(config.auto_join.size(), std::min(config.max_rooms_per_client, config.max_rooms)))
        fail("rooms.auto_join", "more names than limits.max_rooms_per_client or limits.max_rooms allow");
}

std::int64_t Config::slots() const noexcept {
    constexpr std::int64_t spare = 1024;
    return max_clients + max_clients / 4 + spare;
}

std::int64_t Config::spool_mb_per_client() const noexcept {
    constexpr std::int64_t part = 4;
    return max_mb_per_client > 0 ? max_mb_per_client : std::max(spool_mb / part, std::min(max_file_mb, spool_mb));
}

std::int64_t Config::largest_file_mb() const noexcept {
    return std::min({max_file_mb, spool_mb, spool_mb_per_client()});
}

}  // namespace chat
