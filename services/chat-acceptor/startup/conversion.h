// A segment of an earlier version becomes one of this version: the new object is made beside the old one, and one
// rename(2) puts it in its place. Whoever dies at any instant of that leaves the old one or the new one, whole.
//
// The converted segment keeps its id, its sizes, the positions of all streams and cursors, and every record that waits;
// so the recovery that follows is that of a restart.
#pragma once

#include "shared/memory/segment.h"

#include <optional>
#include <span>
#include <string>
#include <string_view>
#include <vector>

namespace chat {

// What an earlier segment says of itself.
struct OlderSegment {
    std::string program;  // for people: the version that made it
    std::uint64_t id;
    SegmentSizes sizes;            // its own, and the wanted ones where it knows none
    std::vector<PartEntry> parts;  // all within the object
};

// Makes a row of the present version of one of an earlier version.
struct Converter {
    std::string_view part;
    std::uint64_t version;  // of the row that it takes
    // Of a table. `to` is zero before.
    void (*convert)(std::span<const std::byte> from, std::span<std::byte> to);
    // Of streams, whose bytes are copied as they lie: how many others come before them in the new row.
    std::uint64_t (*bytes_before)(std::uint64_t row_size) = nullptr;
};

// Reads what an object is of which judge_segment() says that it is older. `wanted`: the sizes that the configuration
// asks for. Empty where it cannot be converted, with the reason in `problem`.
[[nodiscard]] std::optional<OlderSegment> describe_older(std::span<const std::byte> object, const SegmentSizes& wanted,
                                                         std::string& problem);

// Converts the segment of this instance and claims the acceptor's role in it. `object` is the old one, in which this
// process has both roles, so that nobody else uses it; they end with it, after the rename. Throws std::system_error
// where there is no room for two, or anything else is in the way; the old one is then as it was. Throws DamagedSegment
// where it is cut meanwhile.
[[nodiscard]] Segment convert_segment(const std::string& instance, SharedMemory object, const OlderSegment& older,
                                      std::uint16_t minor = layout_minor);

// The parts of it, for tests: copies into `fresh`, which has the layout `target` and is not reserved yet.
void copy_parts(const SharedMemory& object, std::span<const PartEntry> from, const SharedMemory& fresh,
                std::span<const PartEntry> to, std::uint64_t reserved, std::span<const Converter> converters);
// Can rows of `from` become rows of `to`? The reason why not, or an empty text.
[[nodiscard]] std::string obstacle(std::span<const PartEntry> from, std::span<const PartEntry> to,
                                   std::span<const Converter> converters);

// Removes what a conversion that was killed has left. Only for the one that has the acceptor's role.
void remove_unfinished_conversion(const std::string& instance) noexcept;

}  // namespace chat
