// The longest texts of each family.
#include "shared/records/bounds.h"

#include "shared/records/answer.h"
#include "shared/records/file.h"
#include "shared/records/group.h"
#include "shared/records/history.h"
#include "shared/records/metadata.h"
#include "shared/records/room.h"
#include "shared/records/session.h"

#include <algorithm>

namespace chat {
namespace {

constexpr std::size_t largest_sentence = 256;  // of an error, without what it quotes from a line

}  // namespace

std::size_t largest_record(const RecordBounds& bounds) noexcept {
    // Lists go only to the client that requested them, in parts. A row takes less space in a record than its line.
    static_assert(largest_client_info <= largest_client_line && largest_room_info <= largest_room_line);
    static_assert(largest_group_info(0) <= largest_group_line(0));
    const std::size_t answer = std::max({largest_list_part, largest_history_page, largest_group_line(bounds.members),
                                         largest_help, largest_arrival(bounds.memberships)});
    static_assert(largest_history_line <= largest_sentence);
    const std::size_t news = std::max({bounds.line + largest_sentence, largest_group_info(bounds.members),
                                       metadata_keys.size() * largest_metadata_change});
    return std::max({largest_record(0, answer), largest_record(bounds.clients, news),
                     largest_record(bounds.transfers, largest_file_offer(bounds.transfers))});
}

}  // namespace chat
