// Who may not connect: Ban, Unban, Bans.
#include "chat-acceptor/admin/admin_commands.h"
#include "shared/text/text_rules.h"

#include <limits>
#include <memory>
#include <optional>
#include <utility>

namespace chat {
namespace {

constexpr std::size_t bans_a_batch = 128;
constexpr Microseconds of_a_second = 1'000'000;

Json row_of(const Ban& ban) {
    Json row = ban.account != 0 ? Json{{"account", ban.account}} : Json{{"address", ban.network.text()}};
    if (!ban.name.empty()) row.set("name", ban.name);
    row.set("reason", ban.reason);
    row.set("operator", ban.operator_uid);
    row.set("at", time_text(ban.at));
    if (ban.until != 0) row.set("until", time_text(ban.until));
    return row;
}

AdminAnswer error_of(BanActs::Outcome outcome, const AdminContext& context, const std::string& target) {
    switch (outcome) {
        case BanActs::Outcome::full:
            return admin_error("TooManyBans");
        case BanActs::Outcome::absent:
            return admin_error("NoSuchBan", {{"target", target}});
        case BanActs::Outcome::not_stored:
            return admin_error("NotStored", {{"reason", context.acceptor->bans().trouble()}});
        case BanActs::Outcome::busy:
        case BanActs::Outcome::done:
            break;
    }
    return admin_error("Busy");
}

// Whom the word means: a network, an account, or a connected client.
bool set_target(const Acceptor& acceptor, const AuthClient& auth, const std::string& target, Ban& ban) {
    if (const auto network = Network::parse(target)) {
        ban.network = *network;
        return true;
    }
    const auto client = find_client(acceptor.sessions(), target);
    const ClientRow* row = client ? &acceptor.sessions().row(client->slot) : nullptr;
    ban.name = row != nullptr ? row->name_view() : std::string_view(target);
    const auto account = auth.names().find(target);
    ban.account = account ? account->number : row != nullptr ? row->account : 0;
    if (ban.account != 0) return true;
    const auto address = row != nullptr ? Address::of_peer(row->peer_view()) : std::nullopt;
    if (address) ban.network = Network::of_host(*address);
    return address.has_value();
}

AdminAnswer do_ban(Acceptor& acceptor, const AdminContext& context, const std::string& target, Ban ban) {
    if (!set_target(acceptor, acceptor.auth(), target, ban)) return admin_error("NoSuchClient", {{"client", target}});
    Json answer = row_of(ban);
    std::uint32_t kicked = 0;
    if (const auto outcome = acceptor.ban_acts().ban(std::move(ban), kicked); outcome != BanActs::Outcome::done)
        return error_of(outcome, context, target);
    answer.set("kicked", kicked);
    return {{std::move(answer), {}, false}, {}};
}

}  // namespace

AdminAnswer admin_ban(AdminContext& context, const AdminRequest& request) {
    const std::string target = text_parameter(request, "target");
    std::string reason = text_parameter(request, "reason");
    if (!is_clean_text(reason) || reason.size() > BanList::longest_reason) return invalid_parameter("reason");
    if (reason.find_first_not_of(' ') == std::string::npos) reason = BanList::no_reason;
    Ban ban{.network = {}, .name = {}, .reason = reason, .operator_uid = request.operator_uid, .at = wall_clock()};
    const Json& seconds = (*request.parameters)["seconds"];
    if (seconds.is_natural()) {
        // As far in the future as a time can be written.
        constexpr std::uint64_t longest = std::uint64_t{36'500} * 86'400;
        if (seconds.natural() == 0 || seconds.natural() > longest) return invalid_parameter("seconds");
        ban.until = ban.at + static_cast<Microseconds>(seconds.natural()) * of_a_second;
    }
    Acceptor& acceptor = *context.acceptor;
    const AccountNames& names = acceptor.auth().names();
    if (!names.are_available || names.are_loaded || !is_name(target))
        return do_ban(acceptor, context, target, std::move(ban));
    // Whether an account is meant is not known yet.
    const auto awaited = std::make_shared<std::optional<varlink::Reply>>();
    acceptor.auth().when_loaded([awaited, context, target, ban](bool loaded) {
        *awaited = (loaded ? do_ban(*context.acceptor, context, target, ban) : admin_error("Busy")).reply;
        if (context.wake) context.wake();
    });
    return answer_later(awaited);
}

AdminAnswer admin_unban(AdminContext& context, const AdminRequest& request) {
    Acceptor& acceptor = *context.acceptor;
    acceptor.ban_acts().expire();
    const std::string target = text_parameter(request, "target");
    std::vector<Ban> lifted;
    const auto network = Network::parse(target);
    const auto outcome = network ? acceptor.ban_acts().lift(*network, request.operator_uid, lifted)
                                 : acceptor.ban_acts().lift(target, request.operator_uid, lifted);
    if (outcome != BanActs::Outcome::done) return error_of(outcome, context, target);
    std::vector<Json> rows;
    for (const Ban& ban : lifted) rows.push_back(row_of(ban));
    return {{{{"bans", Json::array(std::move(rows))}}, {}, false}, {}};
}

AdminAnswer admin_bans(AdminContext& context, const AdminRequest& /*request*/) {
    AdminAnswer answer;
    answer.batches = [bans = context.acceptor->bans().in_force(wall_clock()), next = std::size_t{0}]() mutable {
        std::vector<Json> rows;
        for (; next < bans.size() && rows.size() < bans_a_batch; ++next) rows.push_back(row_of(bans[next]));
        return AdminBatch{varlink::Reply{{{"bans", Json::array(std::move(rows))}}, {}, false}, next == bans.size()};
    };
    return answer;
}

}  // namespace chat
