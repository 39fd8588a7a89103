// Looks up one place.
#include "chat-acceptor/questions/read_markers.h"

#include "shared/text/text_rules.h"

#include <algorithm>
#include <chrono>

namespace chat {
namespace {

constexpr std::chrono::seconds longest_lookup{1};

}  // namespace

ReadMarkers::ReadMarkers(const std::string& directory)
    : database_(directory, Database::Access::read),
      until_(database_, "SELECT at FROM read_until WHERE reader = ? AND place = ?"),
      seen_(database_,
            "SELECT m.at FROM seen s JOIN message m ON m.id = s.message WHERE s.account = ? AND s.place = ?"),
      count_(database_, "SELECT count(*) FROM read_until WHERE reader = ?") {}

Answer ReadMarkers::read(const MarkerQuestion& asked, HistoryPages& pages, std::uint64_t upto) {
    database_.stop_at(std::chrono::steady_clock::now() + longest_lookup);
    const std::string place = asked.other != 0 ? "talk:" + std::to_string(asked.other) : fold_case(asked.place);
    const auto account = static_cast<std::int64_t>(asked.account);
    MarkerAnswer found;
    const auto look = [&](Statement& statement, std::int64_t reader) {
        if (statement.bind(reader).bind(place).step())
            found.at = std::max(found.at, statement.number(0) - statement.number(0) % millisecond);
        statement.reset();
    };
    const std::int64_t reader = account != 0 ? account : -static_cast<std::int64_t>(asked.session);
    look(until_, reader);
    found.is_full = asked.at > 0 && found.at == 0 && count_.bind(reader).step() && count_.number(0) >= most;
    count_.reset();
    if (account != 0) look(seen_, account);
    if (asked.at > 0) found.id = pages.newest_before(asked.at + millisecond, upto);
    return found.answer();
}

}  // namespace chat
