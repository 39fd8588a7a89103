// Counts the clients that were disconnected because shared memory was full, and says so for a while. Thread-safe.
#pragma once

#include "shared/system/clock.h"

#include <atomic>
#include <cstdint>
#include <string>

namespace chat {

class OutOfMemory {
  public:
    void note() noexcept {
        last_at_ = steady_clock();
        ++clients_;
    }

    // A sentence for the status and the journal; empty if it has not happened in the last half minute.
    [[nodiscard]] std::string trouble() const {
        constexpr Microseconds shown_for = 30'000'000;
        if (clients_ == 0 || steady_clock() - last_at_ > shown_for) return {};
        return "shared memory is full: there was none for the lines to a client, which was disconnected (" +
               std::to_string(clients_) + " since the start)";
    }

  private:
    std::atomic<std::uint64_t> clients_ = 0;  // since this process started
    std::atomic<Microseconds> last_at_ = 0;   // steady time
};

}  // namespace chat
