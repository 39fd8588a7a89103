// The desk for bans: an operator's act stores the ban, then disconnects those whom it concerns.
#pragma once

#include "chat-acceptor/clients/ban_list.h"
#include "chat-acceptor/desks/operator_acts.h"
#include "chat-acceptor/floor.h"

#include <cstdint>
#include <deque>
#include <string_view>
#include <vector>

namespace chat {

class BanActs {
  public:
    BanActs(Floor& floor, OperatorActs& operators) : floor_(&floor), operators_(&operators) {}

    enum class Outcome : std::uint8_t {
        done,
        busy,        // the queue is full
        full,        // BanList::max_bans
        absent,      // there is no such ban
        not_stored,  // the file cannot be written: BanList::trouble()
    };
    // Bans a network or an account, and disconnects its clients with the reason `kicked`; `kicked` is their number.
    [[nodiscard]] Outcome ban(Ban ban, std::uint32_t& kicked);
    // Lifts the ban of this network, or those that were made by this name. `lifted` is what they were.
    [[nodiscard]] Outcome lift(const Network& network, std::uint32_t operator_uid, std::vector<Ban>& lifted);
    [[nodiscard]] Outcome lift(std::string_view name, std::uint32_t operator_uid, std::vector<Ban>& lifted);

    // Disconnects those who could not be disconnected at once, and reports lifted bans: a bounded number of steps.
    void tick();
    [[nodiscard]] bool is_ticking() const noexcept { return is_sweeping_ || !lifted_.empty(); }
    // Forgets bans that are over. Call now and then.
    void expire() { floor_->bans.expire(wall_clock()); }

  private:
    struct Lifted {
        Ban ban;
        std::uint32_t operator_uid;
    };

    // Disconnects the clients of a network; the number of those that were.
    std::uint32_t kick_all_of(const Ban& ban);
    void sweep();
    Outcome note_lifted(BanList::Outcome outcome, std::uint32_t operator_uid, const std::vector<Ban>& lifted);
    void report_lifted();

    Floor* floor_;
    OperatorActs* operators_;
    bool is_sweeping_ = true;     // a predecessor may have stored a ban and died
    std::uint32_t sweep_at_ = 0;  // the next slot
    std::deque<Lifted> lifted_;   // not reported yet
};

}  // namespace chat
