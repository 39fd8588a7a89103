// The messages of rooms and groups that the person has not answered to, for the prompt: [ops 3].
#pragma once

#include "client/talk/target.h"

#include <cstddef>
#include <map>
#include <string>
#include <string_view>

namespace chat {

class Unread {
  public:
    // A message for `to`, as the server writes it: room:ops, group:1234. Anything else is not counted.
    void add(std::string_view to);
    // The person looks there, or cannot any more.
    void forget(const Target& place);
    // Groups end with the connection.
    void forget_groups();
    // The person has read everything.
    void clear() noexcept { counts_.clear(); }

    // `[lobby 2, ops 3] `, or only `[unread 5] ` if that takes more than `columns`; empty if there is nothing.
    [[nodiscard]] std::string in_prompt(std::size_t columns) const;

  private:
    struct Place {
        std::string name;  // as it was written last
        std::size_t count = 0;
    };
    std::map<std::string, Place> counts_;  // room:ops in lower case
};

}  // namespace chat
