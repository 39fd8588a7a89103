// Where a page of history is from: a room, or a conversation.
#pragma once

#include "chat-acceptor/questions/history_question.h"

#include <string>
#include <string_view>

namespace chat {

// Which rows belong to a place: a condition on a message `m`, its sender's session `s` and its receiver's `r`. Its
// parameters are ?3 and ?4.
[[nodiscard]] const char* condition_of(const HistoryQuestion& asked) noexcept;

// Of the index: as in the table `place`.
struct IndexedPlace {
    std::string_view kind;
    std::string name;
};
[[nodiscard]] IndexedPlace indexed_place(const HistoryQuestion& asked);

// Topics of a room: the parameters are its name, the lowest and the highest id, and how many. `order`: ASC or DESC.
[[nodiscard]] std::string topics_in_order(const char* order);

}  // namespace chat
