// Files that come unasked: see unasked.h.
#include "client/files/unasked.h"

#include "shared/text/text_rules.h"

#include <algorithm>

namespace chat {

bool Unasked::take(std::string_view id, std::string_view name, std::uint64_t size, std::uint64_t most,
                   Clock::time_point now) {
    while (!taken_.empty() && now - taken_.front().at >= period) taken_.pop_front();
    size = std::max(size, least);
    std::uint64_t of_sender = size;
    std::uint64_t of_all = size;
    for (const Taken& taken : taken_) {
        of_all += taken.size;
        if (taken.id == id || equal_ignoring_case(taken.name, name)) of_sender += taken.size;
    }
    if (of_sender > most || of_all > senders * most) return false;
    taken_.push_back({std::string(id), std::string(name), size, now});
    return true;
}

}  // namespace chat
