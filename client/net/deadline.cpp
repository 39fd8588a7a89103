// How long to wait: see deadline.h.
#include "client/net/deadline.h"

namespace chat {

Deadline::Deadline(Clock::duration timeout, std::size_t sent)
    : timeout_(timeout), end_(Clock::now() + timeout), sent_before_(sent) {}

int Deadline::milliseconds_left() const {
    return milliseconds_until(end_);
}

bool Deadline::has_passed(std::size_t sent) {
    if (milliseconds_left() != 0) return false;
    if (sent == sent_before_) return true;
    *this = Deadline(timeout_, sent);
    return false;
}

}  // namespace chat
