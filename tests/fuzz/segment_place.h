// A small segment whose contents a fuzzer damages, and the ways to do so. Two of its four slots are used; the inboxes
// and outboxes of the others are out of bounds for the sanitizer, so that it sees any access past a used one.
#pragma once

#include "shared/memory/segment.h"
#include "tests/fuzz/input.h"
#include "tests/unit/scratch.h"

#include <array>
#include <cstddef>
#include <cstdint>
#include <span>

namespace chat::fuzz {

inline constexpr SegmentSizes place_sizes{.slots = 4,
                                          .max_line = 512,
                                          .inbox = 8192,
                                          .outbox = 8192,
                                          .queue = 65'536,
                                          .rooms = 4,
                                          .memberships = 3,
                                          .groups = 0,
                                          .members = 0};
inline constexpr std::array<std::uint32_t, 2> used_slots{0, 2};
[[nodiscard]] inline bool is_used(std::uint32_t slot) noexcept {
    return slot == 0 || slot == 2;
}

class Place {
  public:
    Place();

    // As if it were new, with two clients that have sent and received something.
    void clear();
    // Writes what the input says where the input says, a few times.
    void spoil(Input& input);
    [[nodiscard]] const Segment& segment() const noexcept { return scratch_.segment; }

  private:
    [[nodiscard]] std::span<std::byte> bytes_of_ledger(std::uint32_t slot) const;
    void spoil_bytes(Input& input);
    void spoil_word(Input& input);
    void spoil_row(Input& input);
    void add_record(Input& input);

    test::ScratchSegment scratch_;
};

}  // namespace chat::fuzz
