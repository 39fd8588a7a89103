// What happens, as the operator is told of it: counts since the start of this process, and the latest events. Whoever
// follows them has a cursor of his own, so that one who does not read costs nothing but his place.
#pragma once

#include "chat-acceptor/state/sessions.h"
#include "shared/records/record.h"

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

namespace chat {

struct AdminEvent {
    std::uint64_t number = 0;  // sequence number of its record
    Microseconds at = 0;
    std::string_view kind;                      // the words are in org.chat.Admin.varlink
    std::uint32_t client_id = 0;                // 0: it is about no client
    std::string name;                           // of the client, after the event; or the one that is to be forgotten
    std::string peer;                           // its address and port
    std::string old_name;                       // of one who was renamed
    std::string reason;                         // of leaving
    std::string room;                           // that an operator has put it into or taken it out of
    std::optional<std::uint32_t> operator_uid;  // whose act it was
};

class AdminFeed {
  public:
    explicit AdminFeed(const Sessions& sessions) : sessions_(&sessions), latest_(kept) {}

    struct Counts {
        std::uint64_t sessions = 0;
        std::uint64_t departures = 0;
        std::uint64_t messages = 0;
    };

    // A record was committed and applied. Those that are applied again after a crash are events once more, for those
    // who ask what came after the last one they know, but are not counted.
    void add(const Record& record, bool again);

    [[nodiscard]] const Counts& counts() const noexcept { return counts_; }

    // Events are also numbered one by one: those from `first()` to before `end()` are still here.
    [[nodiscard]] std::uint64_t first() const noexcept { return end_ > kept ? end_ - kept : 0; }
    [[nodiscard]] std::uint64_t end() const noexcept { return end_; }
    [[nodiscard]] const AdminEvent& at(std::uint64_t index) const noexcept { return latest_[index % kept]; }
    // The first one here whose record is after `number`.
    [[nodiscard]] std::uint64_t after(std::uint64_t number) const noexcept;

  private:
    static constexpr std::size_t kept = 4096;
    AdminEvent& next(const Record& record, std::string_view kind);
    void add_session_event(const Record& record, std::uint64_t one);
    void add_room_event(const Record& record);
    void add_operator_event(const Record& record);
    void add_departure(const Record& record);
    template <RecordKind Kind>
    void add_room_change(const Record& record, std::string_view word);
    void add_forget(const Record& record);
    [[nodiscard]] std::string_view peer_of(const Record& record) const noexcept;

    const Sessions* sessions_;
    std::vector<AdminEvent> latest_;  // a ring
    std::uint64_t end_ = 0;
    Counts counts_;
};

}  // namespace chat
