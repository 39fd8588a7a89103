// Adding up, and reading the control group.
#include "shared/memory/memory_bound.h"

#include "shared/text/line.h"

#include <algorithm>
#include <fstream>

namespace chat {
namespace {

constexpr std::uint64_t mib = 1024 * 1024;
// Estimates, deliberately high. Programs, libraries, SQLite's caches, the session log's batch:
constexpr std::uint64_t fixed = 128 * mib;
// Per slot, for connections, links and epoll:
constexpr std::uint64_t each_client = 8192;

std::optional<std::uint64_t> number_in(const std::string& path) {
    std::ifstream file(path);
    std::string text;
    if (!std::getline(file, text)) return std::nullopt;
    return whole_number<std::uint64_t>(text);
}

}  // namespace

std::uint64_t memory_bound(const Segment& segment) {
    const SegmentSizes& sizes = segment.sizes();
    const Layout layout = layout_of(sizes);
    // The acceptor's index of memberships is three times as large as the memberships.
    const std::uint64_t places = 3 * std::uint64_t{sizes.slots} * sizes.memberships * sizeof(Membership);
    return layout.total + places + sizes.slots * each_client + fixed;
}

std::optional<std::uint64_t> memory_limit(const std::string& root) {
    std::ifstream file(root + "/proc/self/cgroup");
    std::string line;
    while (std::getline(file, line) && !line.starts_with("0::/")) continue;
    if (!line.starts_with("0::/")) return std::nullopt;
    std::optional<std::uint64_t> limit;
    for (std::string group = line.substr(3); !group.empty(); group.resize(group.rfind('/')))
        if (const auto own = number_in(root + "/sys/fs/cgroup" + group + "/memory.max"))
            limit = std::min(limit.value_or(*own), *own);
    return limit;
}

std::string memory_warning(const Segment& segment, std::optional<std::uint64_t> limit) {
    const std::uint64_t bound = memory_bound(segment);
    if (!limit || *limit >= bound) return {};
    return "MemoryMax= allows " + std::to_string(*limit / mib) + " MiB, but with these settings up to " +
           std::to_string(bound / mib) + " MiB can be needed";
}

}  // namespace chat
