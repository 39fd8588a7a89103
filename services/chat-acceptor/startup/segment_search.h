// The acceptor's segment at start: taken over unchanged, converted from an earlier version, waited for, or created. The
// rest of the start-up is Acceptor::recover().
#pragma once

#include "shared/memory/segment.h"
#include "shared/memory/segment_name.h"
#include "shared/system/daemon.h"

#include <chrono>
#include <optional>
#include <string>

namespace chat {

class SegmentSearch {
  public:
    // `has_clients`: sockets of clients were handed over, which must not be disconnected without need.
    SegmentSearch(const DaemonOptions& options, bool has_clients);

    struct Result {
        std::optional<Segment> segment;
        // Without a segment: what it waits for, until the next search().
        std::string waits_for = {};
        std::chrono::milliseconds pause{0};
        // Does it wait because of an upgrade? Then the service counts as up, however long that takes.
        bool is_upgrade = false;
    };
    // Claims the segment of this instance, or creates one if there is none that can be used. Throws SetupError if only
    // an administrator can help, and std::runtime_error if other trouble has lasted for several seconds.
    [[nodiscard]] Result search();

  private:
    [[nodiscard]] Result search_once();
    [[nodiscard]] Result claim(FoundSegment found);
    [[nodiscard]] Result convert(FoundSegment found);
    [[nodiscard]] Result leave_for_later_version(const FoundSegment& found);
    [[nodiscard]] Result adopt(Segment segment);
    [[nodiscard]] Result create();
    void make_way(const std::string& problem);
    [[nodiscard]] Result create_after(const std::string& problem);
    [[nodiscard]] Result wait_or_fail(const std::string& trouble, std::chrono::milliseconds pause);

    const DaemonOptions* options_;
    bool has_clients_;
    SegmentName name_;
    bool after_another_ = false;  // what was there was set aside
    std::string instance_;        // under whose name the segment is looked for
    std::string other_;           // the one chosen because another user has the instance's name
    std::chrono::steady_clock::time_point in_trouble_since_{};  // the epoch: not in trouble
};

// Renames a segment that is damaged or unfit, and says so in the journal. Throws std::system_error if that fails.
void set_segment_aside(const DaemonOptions& options, const std::string& problem);

}  // namespace chat
