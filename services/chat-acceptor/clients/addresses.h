// What each host has: its connections, a token bucket for new ones, and the token buckets for lines that its departed
// clients left behind, from which its next clients continue, and what is still held in the names of departed clients
// (predecessor.h). So a host that reconnects gains nothing. A host is an IPv4 address or 64 bits of IPv6
// (Network::of_host).
//
// The table has a fixed number of entries. When it is full, the host without connections that came or went longest ago
// is forgotten: its buckets are full when it returns. A host with connections is never forgotten.
#pragma once

#include "chat-acceptor/clients/rate_limit.h"
#include "chat-acceptor/state/predecessor.h"
#include "shared/system/address.h"
#include "shared/system/clock.h"
#include "shared/system/config.h"

#include <cstddef>
#include <cstdint>
#include <deque>
#include <list>
#include <unordered_map>
#include <vector>

namespace chat {

class Addresses {
  public:
    // Connections that a host may make at once and over time. At least twice limits.max_per_address at once: all
    // clients behind one gateway may come back after an outage.
    static constexpr std::int64_t connects_a_second = 2;
    static constexpr std::int64_t connects_at_once = 60;
    // Entries in addition to those of the connected hosts.
    static constexpr std::size_t spare_entries = 4096;
    // Departed clients of one host from which others take over, and their predecessors.
    static constexpr std::size_t max_left_behind = 64;
    static constexpr std::size_t max_predecessors = 256;

    // `connections`: the largest number of clients.
    Addresses(std::size_t connections, const Config& config);
    void configure(const Config& config);

    // The outcome for a new connection. Trusted addresses are always welcome.
    enum class Verdict : std::uint8_t {
        welcome,
        too_many,  // it has limits.max_per_address connections
        too_fast,  // it connects too often
        full,      // all entries of the table belong to hosts with connections
    };
    // Takes a token for the connection if it is welcome. `now` is steady time.
    [[nodiscard]] Verdict judge(const Address& address, Microseconds now);
    [[nodiscard]] bool has_too_many(const Address& address) const;

    // May it exceed what one host may (limits.trusted_addresses)?
    [[nodiscard]] bool is_trusted(const Address& address) const noexcept;

    // A client from this address is connected; after a restart, for each that still is.
    void add(const Address& address);
    // The bucket for the lines of a new client.
    [[nodiscard]] RateLimit begin_lines(const Address& address);
    // The predecessors of a new client: those of one client of this host that has left. Trusted addresses have some
    // too.
    [[nodiscard]] Predecessors take_predecessors(const Address& address);
    // Before remove(): what the client leaves behind, itself included.
    void leave_behind(const Address& address, Predecessors predecessors);
    // The client has left, and leaves its bucket behind.
    void remove(const Address& address, const RateLimit& lines, Microseconds now);

    [[nodiscard]] std::size_t count(const Address& address) const;
    [[nodiscard]] std::size_t entry_count() const noexcept { return hosts_.size(); }
    [[nodiscard]] std::size_t max_entries() const noexcept { return max_entries_; }

  private:
    struct Host {
        std::size_t connections = 0;
        RateLimit connects;
        // Of the buckets left behind only the number and the lowest level are known; each counts as that low.
        std::size_t left_behind = 0;
        RateLimit lines;
        std::deque<Predecessors> predecessors;
        std::list<Network>::iterator idle;  // while it has no connections
    };
    struct Hash {
        std::uint64_t seed;
        std::size_t operator()(const Network& network) const noexcept;
    };
    using Hosts = std::unordered_map<Network, Host, Hash>;

    // nullptr if there is no place for it.
    [[nodiscard]] Host* find_or_add(const Network& network);
    void wait_at_the_end(const Network& network, Host& host);

    std::size_t max_entries_;
    std::vector<Network> trusted_;
    std::size_t max_connections_ = 0;
    std::int64_t lines_a_second_ = 0;
    std::int64_t lines_at_once_ = 0;
    Hosts hosts_;
    std::list<Network> idle_;  // hosts without connections; the one that came or went longest ago is first
};

}  // namespace chat
