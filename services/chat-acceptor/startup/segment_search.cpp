// Deciding what to do with the object that has the segment's name.
#include "chat-acceptor/startup/segment_search.h"

#include "chat-acceptor/startup/conversion.h"
#include "chat-acceptor/startup/secrets_aside.h"
#include "shared/log/database.h"
#include "shared/records/record.h"
#include "shared/system/journal.h"

#include <algorithm>
#include <system_error>
#include <utility>

namespace chat {
namespace {

using namespace std::chrono_literals;

constexpr auto between_searches = 20ms;  // while another process is about to end
constexpr auto between_tries = 1000ms;   // while there is no room
constexpr auto trouble_timeout = 10s;    // after that the service manager starts the next process
constexpr auto other_process_timeout = 5s;

std::uint64_t whole_pages(std::int64_t bytes) noexcept {
    return (static_cast<std::uint64_t>(bytes) + segment_page - 1) / segment_page * segment_page;
}

SegmentSizes sizes_for(const Config& config) noexcept {
    SegmentSizes sizes{};
    sizes.slots = static_cast<std::uint32_t>(config.slots());
    sizes.max_line = static_cast<std::uint32_t>(config.max_line);
    sizes.inbox = whole_pages(std::max<std::int64_t>(8 * config.max_line, 32'768));
    sizes.outbox = whole_pages(config.outbox_kib * 1024);
    sizes.queue = whole_pages(config.queue_mib * 1024 * 1024);
    sizes.rooms = static_cast<std::uint32_t>(1 + config.max_rooms);
    sizes.memberships = static_cast<std::uint32_t>(1 + config.max_rooms_per_client);
    sizes.groups = static_cast<std::uint32_t>(config.max_groups);
    sizes.members = static_cast<std::uint32_t>(config.max_group_members);
    sizes.transfers = static_cast<std::uint64_t>(config.max_transfers);
    sizes.metadata_values = static_cast<std::uint64_t>(config.irc_metadata_values);
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

// A random number that the database keeps: with it, message ids differ from those of a log that was deleted.
std::uint64_t log_id(Database& database) {
    const auto find = [&database] {
        constexpr const char* query = "SELECT coalesce(max(value), 0) FROM history_state WHERE key = 'id'";
        return static_cast<std::uint64_t>(database.query_number(query));
    };
    // Only the first start needs the lock for writing.
    if (const std::uint64_t known = find(); known != 0) return known;
    database.execute("INSERT OR IGNORE INTO history_state VALUES ('id', 1 + abs(random() % 4294967295))");
    return find();
}

// Without any there is nothing to write, and so no lock to wait for.
void end_guests_marks(Database& database) {
    if (database.query_number("SELECT EXISTS (SELECT 1 FROM read_until WHERE reader < 0)") == 0) return;
    database.execute("DELETE FROM read_until WHERE reader < 0");
}

// `instance`: under whose name. `after_another`: a segment was set aside. A delivery that still uses it may log more of
// its records: their numbers are not given again.
Segment create_segment(const DaemonOptions& options, const std::string& instance, bool after_another) {
    Database database(options.state_directory);
    database.end_open_sessions(0);  // from an earlier boot
    end_guests_marks(database);
    const SegmentSizes sizes = sizes_for(options.config);
    const std::uint64_t gap = after_another ? sizes.queue / sizeof(RecordHead) : 0;
    const std::uint64_t id = log_id(database);
    Segment segment = Segment::create(instance, sizes, static_cast<std::uint64_t>(database.highest_number()) + 1 + gap);
    segment.words().log_id.store(id, std::memory_order_relaxed);
    return segment;
}

// One of an earlier version does not have it.
void add_log_id(const Segment& segment, const std::string& directory) {
    if (segment.words().log_id.load(std::memory_order_relaxed) != 0) return;
    try {
        Database database(directory);
        segment.words().log_id.store(log_id(database), std::memory_order_relaxed);
    } catch (const DatabaseError&) {
        // Without it, ids are still unique in this log.
    }
}

// Another user's object can be neither renamed nor removed, because /dev/shm is sticky.
bool is_of_another_user(const std::system_error& error) noexcept {
    return error.code() == std::errc::operation_not_permitted || error.code() == std::errc::permission_denied;
}

}  // namespace

void set_segment_aside(const DaemonOptions& options, const std::string& problem) {
    const std::string name = Segment::object_name(SegmentName(options.instance, options.state_directory).current());
    try {
        std::string problem_of_object;
        if (const auto object = SharedMemory::open(name, segment_page, problem_of_object)) wipe_secrets(*object);
    } catch (const std::system_error&) {
        // Out of descriptors or memory: serving again matters more.
    }
    set_aside(name);
    journal(Priority::warning, "segment-set-aside", "Shared memory " + name + " was set aside: " + problem);
}

SegmentSearch::SegmentSearch(const DaemonOptions& options, bool has_clients)
    : options_(&options), has_clients_(has_clients), name_(options.instance, options.state_directory) {}

SegmentSearch::Result SegmentSearch::search() {
    try {
        Result result = search_once();
        // What another version needs is not trouble, however long it takes.
        if (result.is_upgrade) in_trouble_since_ = {};
        return result;
    } catch (const std::system_error& error) {
        return wait_or_fail(error.what(), between_tries);
    }
}

SegmentSearch::Result SegmentSearch::search_once() {
    instance_ = name_.current();
    FoundSegment found = Segment::find(instance_);
    if (!found.object) return create_after(found.verdict.problem);
    switch (found.verdict.fit) {
        case Fit::fits:
        case Fit::older:
            return claim(std::move(found));
        case Fit::newer:
            return leave_for_later_version(found);
        case Fit::damaged:
            break;
    }
    return create_after(found.verdict.problem);
}

SegmentSearch::Result SegmentSearch::claim(FoundSegment found) {
    if (!found.object->claim(acceptor_role))
        return wait_or_fail("another chat-acceptor already serves the instance " + options_->instance,
                            between_searches);
    // Between finding and claiming it, another process may have replaced it.
    if (!found.object->has_name()) return {std::nullopt, "waiting for shared memory", 0ms};
    remove_unfinished_conversion(instance_);
    if (found.verdict.fit == Fit::fits) return adopt(Segment(std::move(found)));
    return convert(std::move(found));
}

SegmentSearch::Result SegmentSearch::convert(FoundSegment found) {
    const std::string what = found.verdict.problem;
    if (!found.object->claim(delivery_role))
        return {std::nullopt, "upgrade: waiting for chat-delivery to be restarted; shared memory: " + what,
                between_searches, true};
    std::string problem;
    const auto older = describe_older(found.object->bytes(), sizes_for(options_->config), problem);
    if (!older) return create_after(what + " and cannot be converted: " + problem);
    try {
        Segment segment = convert_segment(instance_, std::move(*found.object), *older);
        journal(Priority::notice, "segment-converted",
                "Shared memory of version " + older->program + " was converted for " CHAT_VERSION);
        return adopt(std::move(segment));
    } catch (const std::system_error& error) {
        return {
            std::nullopt,
            "upgrade: waiting until shared memory of version " + older->program + " can be converted: " + error.what(),
            between_tries, true};
    }
}

// It is not touched while another version could still use it.
SegmentSearch::Result SegmentSearch::leave_for_later_version(const FoundSegment& found) {
    const std::string what = "shared memory: " + found.verdict.problem;
    if (has_clients_ || !found.object->claim(delivery_role) || !found.object->claim(acceptor_role))
        return {std::nullopt, "waiting for that version to be installed again; " + what, between_tries, true};
    return create_after(found.verdict.problem);
}

SegmentSearch::Result SegmentSearch::adopt(Segment segment) {
    add_log_id(segment, options_->state_directory);
    if (segment.sizes() == sizes_for(options_->config)) return {std::move(segment)};
    if (is_idle(segment)) return create_after("it was created with other size settings");
    journal(Priority::notice, "sizes-kept", "New size limits apply after a restart while no client is connected");
    return {std::move(segment)};
}

SegmentSearch::Result SegmentSearch::create_after(const std::string& problem) {
    if (!problem.empty()) make_way(problem);
    after_another_ = after_another_ || !problem.empty();
    return create();
}

// Renames what has the segment's name or, if another user has it, chooses another name.
void SegmentSearch::make_way(const std::string& problem) {
    try {
        set_segment_aside(*options_, problem);
    } catch (const std::system_error& error) {
        if (!is_of_another_user(error)) throw;
        const std::string taken = Segment::object_name(instance_);
        const bool is_known = !other_.empty();
        instance_ = other_ = is_known ? other_ : name_.choose_another();
        if (is_known) return;
        journal(Priority::warning, "foreign-object",
                "Another user has created " + taken + " (" + problem + "): shared memory is " +
                    Segment::object_name(instance_) + " instead");
    }
}

SegmentSearch::Result SegmentSearch::create() {
    try {
        if (instance_ == options_->instance) name_.reset();
        Segment created = create_segment(*options_, instance_, after_another_);
        if (created.claim_acceptor()) return {std::move(created)};
        return {std::nullopt, "waiting for shared memory", between_searches};
    } catch (const UnusableDatabase& error) {
        // Without clients it is better to end than to wait for an administrator.
        if (!has_clients_) throw SetupError(error.what());
        return wait_or_fail(error.what(), between_tries);
    } catch (const DatabaseError& error) {
        return wait_or_fail(error.what(), between_tries);
    }
}

// A lock, a full disk, memory that is used up: they pass, or else the next process reports them again.
SegmentSearch::Result SegmentSearch::wait_or_fail(const std::string& trouble, std::chrono::milliseconds pause) {
    const auto now = std::chrono::steady_clock::now();
    if (in_trouble_since_ == std::chrono::steady_clock::time_point{}) in_trouble_since_ = now;
    const auto timeout = pause == between_searches ? other_process_timeout : trouble_timeout;
    if (now - in_trouble_since_ >= timeout) throw std::runtime_error(trouble);
    return {std::nullopt, "waiting: " + trouble, pause};
}

}  // namespace chat
