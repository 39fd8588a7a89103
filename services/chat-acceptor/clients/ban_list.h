// The banned networks and accounts, kept in a file of their own: bans also hold while the log cannot be written, and
// after its database was replaced. The acceptor is its only writer. A ban counts once it is in the file.
#pragma once

#include "shared/system/address.h"
#include "shared/system/clock.h"

#include <cstddef>
#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

namespace chat {

struct Ban {
    Network network;
    std::string name;    // of the client or account that was meant; empty: an address was
    std::string reason;  // for the banned person; never empty
    std::uint32_t operator_uid = 0;
    Microseconds at = 0;        // wall time
    Microseconds until = 0;     // wall time; 0 = until it is lifted
    std::uint64_t account = 0;  // if not 0, this account is banned, and no network

    [[nodiscard]] bool is_over(Microseconds now) const noexcept { return until != 0 && until <= now; }
    friend bool operator==(const Ban&, const Ban&) = default;
};

class BanList {
  public:
    static constexpr std::size_t max_bans = 4096;
    static constexpr std::size_t longest_reason = 400;  // bytes: the refusal has to fit a line
    static constexpr std::string_view no_reason = "You are banned";

    // Reads DIRECTORY/bans.json, if there is one. A file that cannot be read or understood is left alone: there are no
    // bans then, none can be added, and trouble() says so.
    explicit BanList(const std::string& directory);

    // The ban of this address that lasts longest; nullptr if there is none. `now` is wall time.
    [[nodiscard]] const Ban* find(const Address& address, Microseconds now) const noexcept;
    // The same for an account.
    [[nodiscard]] const Ban* find_account(std::uint64_t account, Microseconds now) const noexcept;
    // Those that find() looks at.
    [[nodiscard]] std::size_t size() const noexcept { return bans_.size(); }
    // Those in force: accounts by number behind networks.
    [[nodiscard]] std::vector<Ban> in_force(Microseconds now) const;

    enum class Outcome : std::uint8_t { done, full, absent, not_stored };
    // Adds a ban, or replaces that of the same network or account.
    [[nodiscard]] Outcome add(Ban ban);
    // Removes the ban of this network, or all that were made by this name, in any spelling. Returns what was removed.
    [[nodiscard]] Outcome remove(const Network& network, std::vector<Ban>& removed);
    [[nodiscard]] Outcome remove(std::string_view name, std::vector<Ban>& removed);
    // Forgets what is over; the file follows with the next change. Call from time to time.
    void expire(Microseconds now);

    // Why the file cannot be used; empty while it can.
    [[nodiscard]] const std::string& trouble() const noexcept { return trouble_; }

  private:
    void load();
    [[nodiscard]] Outcome replace(std::vector<Ban> bans);
    template <typename Matches>
    [[nodiscard]] Outcome remove_those(Matches matches, std::vector<Ban>& removed);

    std::string path_;
    std::vector<Ban> bans_;  // in order
    bool is_readable_ = true;
    std::string trouble_;
};

}  // namespace chat
