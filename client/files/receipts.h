// What became of files that were offered to others.
#pragma once

#include "shared/text/protocol.h"

#include <cstddef>
#include <deque>
#include <optional>
#include <string>
#include <string_view>

namespace chat {

class Receipts {
  public:
    // Beyond this number the earliest files are forgotten.
    static constexpr std::size_t most = 100;
    // Of one file, beyond this number only the first that follows is shown: a room may have many members.
    static constexpr std::size_t most_shown = 10;

    // The server has the file, and offers it to `target`. `words`: photo.jpg (3.0 MB).
    void offered(std::string_view id, std::string_view target, std::string_view words);
    // What people see of a `receipt`; nothing: there were too many.
    [[nodiscard]] std::optional<std::string> received(const ServerLine& receipt);
    // The connection was lost: to the server we are somebody else.
    void clear() noexcept { offered_.clear(); }

  private:
    struct Offered {
        std::string id;
        std::string target;
        std::string words;
        std::size_t shown = 0;
    };
    std::deque<Offered> offered_;
};

}  // namespace chat
