// Counting, and forgetting the oldest.
#include "chat-acceptor/clients/addresses.h"

#include "shared/system/random.h"

#include <algorithm>
#include <cstring>
#include <span>

namespace chat {
namespace {

constexpr std::int64_t least_connections = 5;  // the default of limits.max_per_address is at least that

std::uint64_t random_seed() {
    std::uint64_t seed = 0;
    fill_random(std::as_writable_bytes(std::span(&seed, 1)));
    return seed;
}

}  // namespace

// Seeded, so that nobody can choose IPv6 addresses that collide.
std::size_t Addresses::Hash::operator()(const Network& network) const noexcept {
    constexpr std::uint64_t factor = 0x9e3779b97f4a7c15;
    constexpr unsigned half = 32;
    std::uint64_t halves[2] = {};
    static_assert(sizeof halves == sizeof network.base.bytes);
    std::memcpy(halves, network.base.bytes.data(), sizeof halves);
    std::uint64_t hash = seed;
    for (const std::uint64_t word : halves) {
        hash = (hash ^ word) * factor;
        hash ^= hash >> half;
    }
    return hash * factor;
}

Addresses::Addresses(std::size_t connections, const Config& config)
    : max_entries_(connections + spare_entries), hosts_(0, Hash{random_seed()}) {
    configure(config);
}

void Addresses::configure(const Config& config) {
    trusted_.clear();
    for (const std::string& text : config.trusted_addresses)
        if (const auto network = Network::parse(text)) trusted_.push_back(*network);
    constexpr std::int64_t share = 4;
    max_connections_ = static_cast<std::size_t>(
        config.max_per_address > 0 ? config.max_per_address : std::max(least_connections, config.max_clients / share));
    lines_a_second_ = config.lines_per_second;
    lines_at_once_ = config.burst;
}

bool Addresses::is_trusted(const Address& address) const noexcept {
    return std::any_of(trusted_.begin(), trusted_.end(),
                       [&](const Network& network) { return network.contains(address); });
}

void Addresses::wait_at_the_end(const Network& network, Host& host) {
    host.idle = idle_.insert(idle_.end(), network);
}

Addresses::Host* Addresses::find_or_add(const Network& network) {
    if (const auto found = hosts_.find(network); found != hosts_.end()) return &found->second;
    if (hosts_.size() >= max_entries_) {
        if (idle_.empty()) return nullptr;
        hosts_.erase(idle_.front());
        idle_.pop_front();
    }
    Host& host = hosts_[network];
    wait_at_the_end(network, host);
    return &host;
}

bool Addresses::has_too_many(const Address& address) const {
    return !is_trusted(address) && count(address) >= max_connections_;
}

Addresses::Verdict Addresses::judge(const Address& address, Microseconds now) {
    if (is_trusted(address)) return Verdict::welcome;
    if (has_too_many(address)) return Verdict::too_many;
    Host* host = find_or_add(Network::of_host(address));
    if (host == nullptr) return Verdict::full;
    const std::int64_t at_once = std::max(connects_at_once, 2 * static_cast<std::int64_t>(max_connections_));
    return host->connects.take(connects_a_second, at_once, now) ? Verdict::welcome : Verdict::too_fast;
}

void Addresses::add(const Address& address) {
    const Network network = Network::of_host(address);
    Host* host = find_or_add(network);
    if (host == nullptr) return;  // there are never more connected hosts than clients
    if (host->connections++ == 0) idle_.erase(host->idle);
}

RateLimit Addresses::begin_lines(const Address& address) {
    const auto found = hosts_.find(Network::of_host(address));
    if (found == hosts_.end() || found->second.left_behind == 0 || is_trusted(address)) return {};
    --found->second.left_behind;
    return found->second.lines;
}

void Addresses::remove(const Address& address, const RateLimit& lines, Microseconds now) {
    const auto found = hosts_.find(Network::of_host(address));
    if (found == hosts_.end() || found->second.connections == 0) return;
    Host& host = found->second;
    if (!is_trusted(address) && lines_a_second_ > 0) {
        const auto level = [&](const RateLimit& bucket) { return bucket.level(lines_a_second_, lines_at_once_, now); };
        if (host.left_behind == 0 || level(lines) < level(host.lines)) host.lines = lines;
        host.left_behind = std::min(host.left_behind + 1, max_connections_);
    }
    if (--host.connections == 0) wait_at_the_end(found->first, host);
}

Predecessors Addresses::take_predecessors(const Address& address) {
    const auto found = hosts_.find(Network::of_host(address));
    if (found == hosts_.end() || found->second.predecessors.empty()) return {};
    Predecessors taken = std::move(found->second.predecessors.front());
    found->second.predecessors.pop_front();
    return taken;
}

void Addresses::leave_behind(const Address& address, Predecessors predecessors) {
    const auto found = hosts_.find(Network::of_host(address));
    if (found == hosts_.end() || found->second.connections == 0 || predecessors.empty()) return;
    auto& all = found->second.predecessors;
    if (all.size() >= max_left_behind) {
        // One client takes over from two.
        predecessors.insert(predecessors.end(), all.front().begin(), all.front().end());
        all.pop_front();
    }
    if (predecessors.size() > max_predecessors) predecessors.resize(max_predecessors);
    all.push_back(std::move(predecessors));
}

std::size_t Addresses::count(const Address& address) const {
    const auto found = hosts_.find(Network::of_host(address));
    return found == hosts_.end() ? 0 : found->second.connections;
}

}  // namespace chat
