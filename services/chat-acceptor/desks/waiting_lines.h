// Lines that stay in the inbox: until the answer to a question has come, or until a list has room in the outbox. Their
// clients get no turns meanwhile, so the order of a client's lines holds.
#pragma once

#include "chat-acceptor/acts/draft.h"
#include "chat-acceptor/floor.h"

#include <cstddef>
#include <cstdint>
#include <optional>
#include <vector>

namespace chat {

class WaitingLines {
  public:
    explicit WaitingLines(Floor& floor) : floor_(&floor) {}

    // The line waits until the answer has come or its time is over. Returns the refusal if the question cannot be
    // asked.
    [[nodiscard]] std::optional<Draft> ask(Connection& connection, const Inbox::Line& line, const Question& question,
                                           Microseconds now);
    // For a line that has its answer: it waits until an earlier session of the account has ended. False: none is
    // ending.
    [[nodiscard]] bool await_sessions(Connection& connection, std::uint32_t account);
    // Is there room for the next part of a list, of so many bytes?
    [[nodiscard]] bool has_room_for_list(Connection& connection, std::size_t part) const noexcept;
    void await_room(Connection& connection, std::size_t part);

    // Nobody will read the answer: the client gets its turn.
    void give_up(Connection& connection);
    // Those whose answers have come, or which have room now, or wait for no session any more. Their connections are
    // open again.
    [[nodiscard]] std::vector<SlotId> take_answered();
    [[nodiscard]] std::vector<SlotId> take_with_room();

    [[nodiscard]] bool is_anyone_awaiting_room() const noexcept {
        return !awaiting_room_.empty() || !awaiting_sessions_.empty();
    }

  private:
    [[nodiscard]] bool may_read_page(Connection& connection, Microseconds now) const noexcept;

    Floor* floor_;
    [[nodiscard]] bool is_session_ending(std::uint32_t account) const;
    std::vector<SlotId> awaiting_room_;
    struct AwaitingSessions {
        SlotId client;
        std::uint32_t account;
    };
    std::vector<AwaitingSessions> awaiting_sessions_;
};

}  // namespace chat
