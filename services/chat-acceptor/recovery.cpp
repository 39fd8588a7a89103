// Opening, judging and making the segment.
#include "chat-acceptor/recovery.h"

#include "shared/database.h"
#include "shared/journal.h"
#include "shared/record.h"
#include "shared/row_copies.h"

#include <algorithm>
#include <string>
#include <system_error>
#include <utility>

namespace chat {
namespace {

constexpr std::size_t page = 4096;

std::uint64_t whole_pages(std::int64_t bytes) noexcept {
    return (static_cast<std::uint64_t>(bytes) + page - 1) / page * page;
}

// Slots beside those of the connected, for clients that left and are still being written to or logged.
SegmentSizes sizes_for(const Config& config) noexcept {
    constexpr std::int64_t spare = 1024;
    SegmentSizes sizes{};
    sizes.slots = static_cast<std::uint32_t>(config.max_clients + config.max_clients / 4 + spare);
    sizes.max_line = static_cast<std::uint32_t>(config.max_line);
    sizes.inbox = whole_pages(std::max<std::int64_t>(8 * config.max_line, 32'768));
    // With very many clients, the list of them all is longer than what is held for one that does not read.
    const auto list = config.max_clients * static_cast<std::int64_t>(largest_client_line) + 4096;
    sizes.outbox = whole_pages(std::max(config.outbox_kib * 1024, list));
    sizes.queue = whole_pages(config.queue_mib * 1024 * 1024);
    sizes.rooms = static_cast<std::uint32_t>(1 + config.max_rooms);
    sizes.memberships = static_cast<std::uint32_t>(1 + config.max_rooms_per_client);
    sizes.groups = static_cast<std::uint32_t>(config.max_groups);
    sizes.members = static_cast<std::uint32_t>(config.max_group_members);
    sizes.transfers = static_cast<std::uint64_t>(config.max_transfers);
    return sizes;
}

bool is_idle(const Segment& segment) {
    const QueueWords& words = segment.words();
    const Position tail = words.tail.load();
    const auto slots = segment.slots();
    return words.checkpoint.load() == tail && words.head.load() == tail && words.logged.load() == tail &&
           words.sessions_logged.load() == tail && std::none_of(slots.begin(), slots.end(), [](const Slot& slot) {
               return valid_row(slot).state == SlotState::connected;
           });
}

Segment create_segment(const DaemonOptions& options) {
    try {
        Database database(options.state_directory);
        database.end_open_sessions(0);  // of an earlier run of the machine
        const auto first = static_cast<std::uint64_t>(database.highest_number()) + 1;
        return Segment::create(options.instance, sizes_for(options.config), first);
    } catch (const DatabaseError& error) {
        throw SetupError(error.what());
    } catch (const std::system_error& error) {
        throw SetupError(error.what());
    }
}

}  // namespace

void set_segment_aside(const DaemonOptions& options, const std::string& problem) {
    const std::string name = Segment::object_name(options.instance);
    journal(Priority::warning, "segment-set-aside", "Shared memory " + name + " is set aside: " + problem);
    try {
        set_aside(name);
    } catch (const std::system_error& error) {
        throw SetupError(error.what());
    }
}

Segment open_or_create_segment(const DaemonOptions& options) {
    std::string problem;
    auto segment = Segment::open(options.instance, problem);
    if (segment && !segment->claim_acceptor())
        throw SetupError("another chat-acceptor serves the instance " + options.instance + " already");
    if (segment && segment->sizes() != sizes_for(options.config)) {
        if (!is_idle(*segment)) {
            journal(Priority::notice, "sizes-kept", "New limits on sizes wait until no client is connected");
            return std::move(*segment);
        }
        problem = "its sizes are those of other settings";
        segment.reset();
    }
    if (segment) return std::move(*segment);
    if (!problem.empty()) set_segment_aside(options, problem);
    Segment created = create_segment(options);
    if (!created.claim_acceptor())
        throw SetupError("another chat-acceptor serves the instance " + options.instance + " already");
    return created;
}

}  // namespace chat
