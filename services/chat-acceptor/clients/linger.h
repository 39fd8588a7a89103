// Connections that are over for this server but not for the peer: the end has been sent, and closing now would turn
// what the peer still sends into a reset that can destroy what it has not read yet (tcp(7)). So input is read and
// discarded until the peer closes its side, for a few seconds at most.
#pragma once

#include "shared/system/clock.h"
#include "shared/system/unique_fd.h"

#include <cstddef>
#include <deque>

namespace chat {

class Linger {
  public:
    // Takes a connection to which everything is written, and shuts down its sending side; the other daemon has done so
    // too, unless it died just before. With too many of them the oldest is ended at once.
    void add(UniqueFd fd);
    // Call several times a second while there are any.
    void tick();
    [[nodiscard]] bool empty() const noexcept { return waiting_.empty(); }

  private:
    struct Waiting {
        UniqueFd fd;
        Microseconds until;  // steady time
    };
    std::deque<Waiting> waiting_;
};

// Ends both directions for every process that holds the socket, and closes this copy.
void end_connection(UniqueFd fd) noexcept;

}  // namespace chat
