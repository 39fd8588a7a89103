// What happens, as shown to the operator: counts since the start of this process, and the latest events. Each follower
// has its own cursor, so one that does not read costs only its place.
#pragma once

#include "chat-acceptor/state/sessions.h"
#include "shared/memory/client_table.h"
#include "shared/records/error_code.h"
#include "shared/records/message.h"
#include "shared/records/record.h"

#include <array>
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
    std::uint32_t client_id = 0;                // 0: it is not about a client
    std::string name;                           // of the client, after the event; or of the person to forget
    std::string peer;                           // its address and port
    std::string old_name;                       // after a rename
    std::string reason;                         // of leaving
    std::string room;                           // that an operator has put the client into or removed it from
    std::optional<std::uint32_t> operator_uid;  // who did it
};

class AdminFeed {
  public:
    explicit AdminFeed(const Sessions& sessions) : sessions_(&sessions), latest_(kept) {}

    struct Counts {
        std::uint64_t sessions = 0;
        std::uint64_t departures = 0;
        std::uint64_t messages = 0;
        std::array<std::uint64_t, message_scope_count> accepted = {};   // messages by scope
        std::array<std::uint64_t, message_scope_count> discarded = {};  // their receiver had left
        std::array<std::uint64_t, leave_reason_count> left = {};
        std::array<std::uint64_t, error_words.size()> errors = {};  // answers by code
        std::uint64_t logins = 0;                                   // by which an account was proven
        std::uint64_t registrations = 0;
        std::uint64_t files = 0;     // offered to their receivers
        std::uint64_t received = 0;  // bytes from clients that have left
        std::uint64_t sent = 0;      // bytes to them
    };

    // A record was committed and applied. Records that are applied again after a crash become events again, for
    // followers that ask for everything after the last event they know, but are not counted.
    void add(const Record& record, bool again);
    // A client has left, after that many bytes from and to it.
    void add_bytes(std::uint64_t received, std::uint64_t sent) noexcept;

    [[nodiscard]] const Counts& counts() const noexcept { return counts_; }

    // Events are also numbered consecutively: those from `first()` to before `end()` are still here.
    [[nodiscard]] std::uint64_t first() const noexcept { return end_ > kept ? end_ - kept : 0; }
    [[nodiscard]] std::uint64_t end() const noexcept { return end_; }
    [[nodiscard]] const AdminEvent& at(std::uint64_t index) const noexcept { return latest_[index % kept]; }
    // The first event still here whose record comes after `number`.
    [[nodiscard]] std::uint64_t after(std::uint64_t number) const noexcept;

  private:
    static constexpr std::size_t kept = 4096;
    AdminEvent& next(const Record& record, std::string_view kind);
    void count(const Record& record) noexcept;
    void count_session(const Record& record) noexcept;
    void count_message(const Record& record) noexcept;
    void add_session_event(const Record& record);
    void add_room_event(const Record& record);
    void add_room_setting(const Record& record);
    void add_operator_event(const Record& record);
    void add_departure(const Record& record);
    template <RecordKind Kind>
    void add_room_change(const Record& record, std::string_view word);
    void add_note(const Record& record);
    void add_forget(const Record& record);
    [[nodiscard]] std::string_view peer_of(const Record& record) const noexcept;

    const Sessions* sessions_;
    std::vector<AdminEvent> latest_;  // a ring
    std::uint64_t end_ = 0;
    Counts counts_;
};

}  // namespace chat
