// Which messages were put before the person: none of them comes twice, and those of places with a history are marked as
// read.
#pragma once

#include "client/net/deadline.h"
#include "client/talk/past.h"
#include "client/talk/talk_state.h"
#include "shared/text/protocol.h"

#include <algorithm>
#include <cstdint>
#include <map>
#include <optional>
#include <set>
#include <string>
#include <string_view>
#include <vector>

namespace chat {

class ReadMarks {
  public:
    // It outlives this.
    explicit ReadMarks(TalkState& state) : state_(state) {}

    // A message that has come live is about to be shown. False: it was among those of the past.
    bool add_live(std::uint64_t id, const std::optional<Place>& place);
    // The same for a message of the past. False: it was shown in whatever way.
    bool add_past(const PastMessage& message);
    // The same, and /history continues before it.
    bool add_page(const PastMessage& message);
    // The numbers of messages begin again: the server has another log.
    void log_restarted();
    // The oldest one that was shown of a place, as it is written.
    [[nodiscard]] std::optional<std::uint64_t> oldest_past(std::string_view written) const;
    void forget_past() { oldest_.clear(); }
    // The conversations with a message that was shown.
    [[nodiscard]] std::vector<Place> conversations() const;
    // The newest message that has come live: everything up to it that was for us has come, too. 0: none has.
    [[nodiscard]] std::uint64_t newest_live() const noexcept { return newest_live_; }
    void live(std::uint64_t id) noexcept { newest_live_ = std::max(newest_live_, id); }

    // The server has /seen, as it has shown.
    void enable() noexcept { is_enabled_ = true; }
    // We no longer use an account: nothing is marked until enable().
    void disable() noexcept;
    // Another session of the account has read up to there.
    void seen_elsewhere(const ServerLine& seen);
    // The person is at the keyboard: what is on the screen is read.
    void mark_present();

    // Milliseconds until work() has something to do; -1: nothing.
    [[nodiscard]] int poll_timeout() const;
    // Sends the marks that are due, or all of them.
    void work(bool at_once = false);
    // What was sent may not have been received.
    void disconnected();

  private:
    struct Mark {
        Place place = {};
        std::uint64_t shown = 0;
        std::uint64_t sent = 0;
    };
    void make_due();
    void add(std::uint64_t id, const std::optional<Place>& place);

    TalkState& state_;
    std::set<std::uint64_t> ids_;       // the newest of those that were shown
    std::set<std::uint64_t> past_ids_;  // of those, the ones of the past that came over this connection
    std::uint64_t newest_live_ = 0;
    std::map<std::string, Mark> marks_;            // by the key of the place
    std::map<std::string, std::uint64_t> oldest_;  // of the past, in the same way
    bool is_enabled_ = false;
    std::optional<Deadline::Clock::time_point> due_;
    Deadline::Clock::time_point present_until_{};
};

}  // namespace chat
