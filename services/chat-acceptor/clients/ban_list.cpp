// Matching, and the file.
#include "chat-acceptor/clients/ban_list.h"

#include "shared/system/unique_fd.h"
#include "shared/text/json.h"
#include "shared/text/text_rules.h"

#include <fcntl.h>
#include <sys/stat.h>
#include <unistd.h>

#include <algorithm>
#include <cerrno>
#include <cstdio>
#include <system_error>
#include <utility>

namespace chat {
namespace {

constexpr std::size_t largest_file = 8U << 20U;
constexpr std::size_t max_nested = 8;
constexpr std::uint64_t file_version = 1;

std::string error_text() {
    return std::generic_category().message(errno);
}

std::optional<Ban> read_ban(const Json& row) {
    const std::uint64_t account = row["account"].natural();
    const auto network = account == 0 ? Network::parse(row["network"].text()) : Network();
    const std::string& reason = row["reason"].text();
    if (!network || reason.empty() || reason.size() > BanList::longest_reason || !is_clean_text(reason))
        return std::nullopt;
    return Ban{*network,
               row["name"].text(),
               reason,
               static_cast<std::uint32_t>(row["operator"].natural()),
               static_cast<Microseconds>(row["at"].natural()),
               static_cast<Microseconds>(row["until"].natural()),
               account};
}

std::string write_bans(const std::vector<Ban>& bans) {
    std::vector<Json> rows;
    for (const Ban& ban : bans) {
        Json row = ban.account != 0 ? Json{{"account", ban.account}} : Json{{"network", ban.network.text()}};
        if (!ban.name.empty()) row.set("name", ban.name);
        row.set("reason", ban.reason);
        row.set("operator", ban.operator_uid);
        row.set("at", ban.at);
        if (ban.until != 0) row.set("until", ban.until);
        rows.push_back(std::move(row));
    }
    return Json{{"version", file_version}, {"bans", Json::array(std::move(rows))}}.dump(Json::Form::document) + '\n';
}

bool comes_before(const Ban& a, const Ban& b) noexcept {
    return a.account != b.account ? a.account < b.account : a.account == 0 && a.network < b.network;
}

// True if all of it is on the disk.
bool write_file(const std::string& path, std::string_view text) {
    constexpr mode_t for_owner = 0600;
    const UniqueFd fd(::open(path.c_str(), O_WRONLY | O_CREAT | O_TRUNC | O_CLOEXEC | O_NOFOLLOW, for_owner));
    if (!fd) return false;
    while (!text.empty()) {
        const ssize_t written = ::write(fd.get(), text.data(), text.size());
        if (written < 0 && errno == EINTR) continue;
        if (written <= 0) return false;
        text.remove_prefix(static_cast<std::size_t>(written));
    }
    return ::fsync(fd.get()) == 0;
}

}  // namespace

BanList::BanList(const std::string& directory) : path_(directory + "/bans.json") {
    load();
    if (!is_readable_) trouble_ = "no ban is in force: " + path_ + ": " + trouble_;
}

void BanList::load() {
    const UniqueFd fd(::open(path_.c_str(), O_RDONLY | O_CLOEXEC | O_NOFOLLOW | O_NONBLOCK));
    if (!fd && errno == ENOENT) return;
    is_readable_ = false;
    trouble_ = error_text();
    if (!fd) return;
    std::string text;
    char piece[65'536];
    ssize_t size = 0;
    while ((size = ::read(fd.get(), piece, sizeof piece)) > 0 && text.size() <= largest_file)
        text.append(piece, static_cast<std::size_t>(size));
    if (size < 0) {
        trouble_ = error_text();
        return;
    }
    trouble_ = "it is not a list of bans that this version understands";
    const auto file = Json::parse(text, max_nested);
    if (!file || (*file)["version"].natural() != file_version || !(*file)["bans"].is_array()) return;
    std::vector<Ban> bans;
    for (const Json& row : (*file)["bans"].items()) {
        auto ban = read_ban(row);
        if (!ban || bans.size() == max_bans) return;
        bans.push_back(std::move(*ban));
    }
    bans_ = std::move(bans);
    is_readable_ = true;
    trouble_.clear();
}

const Ban* BanList::find(const Address& address, Microseconds now) const noexcept {
    const Ban* longest = nullptr;
    for (const Ban& ban : bans_) {
        if (ban.is_over(now) || ban.account != 0 || !ban.network.contains(address)) continue;
        if (longest == nullptr || (longest->until != 0 && (ban.until == 0 || ban.until > longest->until)))
            longest = &ban;
    }
    return longest;
}

const Ban* BanList::find_account(std::uint64_t account, Microseconds now) const noexcept {
    const auto found = std::find_if(bans_.begin(), bans_.end(), [&](const Ban& ban) {
        return account != 0 && ban.account == account && !ban.is_over(now);
    });
    return found == bans_.end() ? nullptr : &*found;
}

std::vector<Ban> BanList::in_force(Microseconds now) const {
    std::vector<Ban> bans;
    std::copy_if(bans_.begin(), bans_.end(), std::back_inserter(bans),
                 [now](const Ban& ban) { return !ban.is_over(now); });
    return bans;
}

// The file is replaced as a whole, so that a crash leaves either list.
BanList::Outcome BanList::replace(std::vector<Ban> bans) {
    if (!is_readable_) return Outcome::not_stored;
    const std::string unfinished = path_ + ".new";
    if (!write_file(unfinished, write_bans(bans))) {
        trouble_ = "a change of the bans was not stored: " + path_ + ": " + error_text();
        ::unlink(unfinished.c_str());
        return Outcome::not_stored;
    }
    if (std::rename(unfinished.c_str(), path_.c_str()) != 0) {
        trouble_ = "a change of the bans was not stored: " + path_ + ": " + error_text();
        ::unlink(unfinished.c_str());
        return Outcome::not_stored;
    }
    trouble_.clear();
    bans_ = std::move(bans);
    return Outcome::done;
}

BanList::Outcome BanList::add(Ban ban) {
    std::vector<Ban> bans = in_force(ban.at);
    const auto place = std::lower_bound(bans.begin(), bans.end(), ban, comes_before);
    if (place != bans.end() && !comes_before(ban, *place)) {
        *place = std::move(ban);
    } else {
        if (bans.size() >= max_bans) return Outcome::full;
        bans.insert(place, std::move(ban));
    }
    return replace(std::move(bans));
}

template <typename Matches>
BanList::Outcome BanList::remove_those(Matches matches, std::vector<Ban>& removed) {
    std::vector<Ban> kept;
    for (const Ban& ban : bans_) (matches(ban) ? removed : kept).push_back(ban);
    if (removed.empty()) return is_readable_ ? Outcome::absent : Outcome::not_stored;
    return replace(std::move(kept));
}

BanList::Outcome BanList::remove(const Network& network, std::vector<Ban>& removed) {
    return remove_those([&](const Ban& ban) { return ban.account == 0 && ban.network == network; }, removed);
}

BanList::Outcome BanList::remove(std::string_view name, std::vector<Ban>& removed) {
    return remove_those([&](const Ban& ban) { return !ban.name.empty() && equal_ignoring_case(ban.name, name); },
                        removed);
}

void BanList::expire(Microseconds now) {
    std::erase_if(bans_, [now](const Ban& ban) { return ban.is_over(now); });
}

}  // namespace chat
