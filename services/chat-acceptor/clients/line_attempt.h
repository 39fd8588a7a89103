// How often the acceptor died while it processed a client's next line. After `most_deaths` the line is skipped: it
// stays in shared memory, so without this count it would end each successor as well.
//
// A death counts only if it came between the two stores of one attempt, when nothing but this line was being processed.
// A process that is killed at any other time, however often, counts nothing.
#pragma once

#include "shared/memory/client_table.h"

#include <cstdint>

namespace chat {

class LineAttempt {
  public:
    static constexpr unsigned most_deaths = 3;

    // Begins to process the line at the slot's `parsed`.
    explicit LineAttempt(Slot& slot) noexcept
        : word_(&slot.attempt),
          position_(slot.parsed.load(std::memory_order_relaxed) >> 1U),
          deaths_(deaths_at(word_->load(std::memory_order_relaxed), position_)) {
        word_->store(word_of(deaths_, true), std::memory_order_relaxed);
    }
    [[nodiscard]] unsigned deaths() const noexcept { return deaths_; }
    [[nodiscard]] bool is_deadly() const noexcept { return deaths_ >= most_deaths; }
    // Not a destructor: an exception that ends the process is a death. `has_answered`: a record was published, perhaps
    // one part of a list; the next part is not to blame for this one.
    void end(bool has_answered) noexcept {
        word_->store(word_of(has_answered ? 0 : deaths_, false), std::memory_order_relaxed);
    }

  private:
    // The word: position << 3 | deaths << 1 | 1 while the line is being processed.
    [[nodiscard]] static unsigned deaths_at(std::uint64_t word, std::uint64_t position) noexcept {
        if (word >> 3U != position) return 0;
        const auto deaths = static_cast<unsigned>((word >> 1U & 3U) + (word & 1U));
        return deaths < most_deaths ? deaths : most_deaths;
    }
    [[nodiscard]] std::uint64_t word_of(unsigned deaths, bool is_processing) const noexcept {
        return position_ << 3U | static_cast<std::uint64_t>(deaths) << 1U | (is_processing ? 1U : 0U);
    }

    SharedWord* word_;
    std::uint64_t position_;
    unsigned deaths_;
};

}  // namespace chat
