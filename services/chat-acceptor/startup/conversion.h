// Converts a segment of an earlier version to this version: the new object is created next to the old one, and one
// rename(2) puts it in place. A process that dies at any point leaves either the old or the new one, complete.
//
// The converted segment keeps its id, its sizes, the positions of all streams and cursors, and every waiting record, so
// the recovery that follows is the same as after a restart.
#pragma once

#include "shared/memory/segment.h"

#include <optional>
#include <span>
#include <string>
#include <string_view>
#include <vector>

namespace chat {

// How an earlier segment describes itself.
struct OlderSegment {
    std::string program;  // for people: the version that made it
    std::uint64_t id;
    SegmentSizes sizes;            // its own, or the wanted ones if it knows none
    std::vector<PartEntry> parts;  // all within the object
};

// Makes a row of the current version from one of an earlier version.
struct Converter {
    std::string_view part;
    std::uint64_t version;  // of the row that it converts
    // For a table. `to` is zeroed before the call.
    void (*convert)(std::span<const std::byte> from, std::span<std::byte> to);
    // For streams, whose bytes are copied unchanged: how many other bytes precede them in the new row.
    std::uint64_t (*bytes_before)(std::uint64_t row_size) = nullptr;
};

// Describes an object that judge_segment() calls older. `wanted`: the sizes that the configuration asks for. Empty if
// it cannot be converted, with the reason in `problem`.
[[nodiscard]] std::optional<OlderSegment> describe_older(std::span<const std::byte> object, const SegmentSizes& wanted,
                                                         std::string& problem);

// Converts the segment of this instance and claims the acceptor's role in it. `object` is the old one, in which this
// process has both roles, so that nobody else uses it; they end with it, after the rename. Throws std::system_error if
// there is no room for two, or anything else is in the way; the old one is then unchanged. Throws DamagedSegment if it
// is shortened meanwhile.
[[nodiscard]] Segment convert_segment(const std::string& instance, SharedMemory object, const OlderSegment& older,
                                      std::uint16_t minor = layout_minor);

// The steps of the conversion, for tests: copies into `fresh`, which has the layout `target` and is not reserved yet.
void copy_parts(const SharedMemory& object, std::span<const PartEntry> from, const SharedMemory& fresh,
                std::span<const PartEntry> to, std::uint64_t reserved, std::span<const Converter> converters);
// Can rows of `from` become rows of `to`? Returns the reason if not, or an empty text.
[[nodiscard]] std::string obstacle(std::span<const PartEntry> from, std::span<const PartEntry> to,
                                   std::span<const Converter> converters);

// Removes what a killed conversion has left. Only for the process that has the acceptor's role.
void remove_unfinished_conversion(const std::string& instance) noexcept;

}  // namespace chat
