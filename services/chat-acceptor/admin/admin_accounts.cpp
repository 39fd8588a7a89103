// Accounts and invitations: each call is passed on to chat-auth, and answered when it has answered.
#include "chat-acceptor/admin/admin_commands.h"
#include "shared/system/random_token.h"
#include "shared/text/text_rules.h"

#include <functional>
#include <memory>
#include <string_view>
#include <utility>

namespace chat {
namespace {

std::string rfc3339(const Json& microseconds) {
    std::string text;
    if (microseconds.natural() != 0) append_time(text, static_cast<Microseconds>(microseconds.natural()));
    return text;
}

varlink::Reply refuse(const std::string& outcome, const std::string& name) {
    if (outcome == "no-such-account") return admin_error("NoSuchAccount", {{"name", name}}).reply;
    if (outcome == "name-taken") return admin_error("NameTaken", {{"name", name}}).reply;
    return invalid_parameter("name").reply;
}

using Read = Json (*)(const Json& reply);

// `then`: what else follows from the reply.
AdminAnswer pass_on(AdminContext& context, const AdminRequest& request, AuthClient::Call call, Read read,
                    const std::function<void(const Json& reply)>& then = {}) {
    if (!context.acceptor->auth().names().are_available) return admin_error("NoAccounts");
    const std::string name = text_parameter(request, "name");
    call.parameters.set("operator", request.operator_uid);
    context.acceptor->auth().add_key(call.parameters);
    if (!name.empty()) call.parameters.set("name", name);
    const auto awaited = std::make_shared<std::optional<varlink::Reply>>();
    context.acceptor->auth().call(call, [awaited, name, read, then, wake = context.wake](const Json* reply) {
        if (reply == nullptr)
            *awaited = admin_error("Busy").reply;
        else if (const std::string& outcome = (*reply)["outcome"].text(); outcome != "ok")
            *awaited = refuse(outcome, name);
        else
            *awaited = varlink::Reply{read(*reply), {}, false};
        if (then && reply != nullptr && (*reply)["outcome"].text() == "ok") then(*reply);
        if (wake) wake();
    });
    return answer_later(awaited);
}

Json read_name(const Json& reply) {
    return {{"name", reply["name"]}, {"account", reply["account"]}};
}
Json read_token(const Json& reply) {
    return {{"token", reply["token"]}};
}

// One page after the other, each asked for when the caller has taken the one before.
struct Listing {
    std::vector<Json> rows;
    std::string after;
    bool is_asked = false;
    bool has_page = false;
    bool is_last = false;
    bool has_failed = false;
};

Json account_of(const Json& row) {
    return {{"name", row["name"]},
            {"account", row["account"]},
            {"registered", rfc3339(row["made"])},
            {"login", rfc3339(row["login"])},
            {"failed", row["failed"]},
            {"disabled", row["disabled"]},
            {"pending", row["pending"]}};
}

void ask_for_page(AuthClient& auth, const std::shared_ptr<Listing>& listing, const std::function<void()>& wake) {
    listing->is_asked = true;
    const Json parameters = listing->after.empty() ? Json::object() : Json{{"after", listing->after}};
    auth.call({.method = "List", .parameters = parameters, .only_reads = true}, [listing, wake](const Json* reply) {
        listing->is_asked = false;
        listing->has_page = true;
        listing->has_failed = reply == nullptr;
        if (reply != nullptr) {
            for (const Json& row : (*reply)["rows"].items()) listing->rows.push_back(account_of(row));
            listing->is_last = !(*reply)["more"].boolean() || listing->rows.empty();
            if (!listing->is_last) listing->after = listing->rows.back()["name"].text();
        }
        if (wake) wake();
    });
}

}  // namespace

AdminAnswer answer_later(std::shared_ptr<std::optional<varlink::Reply>> awaited) {
    AdminAnswer answer;
    answer.is_single = true;
    answer.batches = [awaited = std::move(awaited)] {
        return *awaited ? AdminBatch{std::move(*awaited), true} : AdminBatch{};
    };
    return answer;
}

AdminAnswer admin_accounts(AdminContext& context, const AdminRequest& /*request*/) {
    if (!context.acceptor->auth().names().are_available) return admin_error("NoAccounts");
    const auto listing = std::make_shared<Listing>();
    AdminAnswer answer;
    answer.comes_later = true;
    answer.batches = [listing, auth = &context.acceptor->auth(), wake = context.wake]() -> AdminBatch {
        if (!listing->has_page) {
            if (!listing->is_asked) ask_for_page(*auth, listing, wake);
            return {};
        }
        if (listing->has_failed) return {admin_error("Busy").reply, true};
        listing->has_page = false;
        Json page{{"accounts", Json::array(std::exchange(listing->rows, {}))}};
        return {varlink::Reply{std::move(page), {}, false}, listing->is_last};
    };
    return answer;
}

AdminAnswer admin_add_account(AdminContext& context, const AdminRequest& request) {
    if (!is_name(text_parameter(request, "name"))) return invalid_parameter("name");
    const Secret token = random_token();
    return pass_on(context, request, {.method = "Add", .secrets = {{{"token", token.view()}}}, .names_change = true},
                   read_token);
}

AdminAnswer admin_reset_account(AdminContext& context, const AdminRequest& request) {
    const Secret token = random_token();
    return pass_on(context, request, {.method = "IssueReset", .secrets = {{{"token", token.view()}}}}, read_token);
}

AdminAnswer admin_disable_account(AdminContext& context, const AdminRequest& request) {
    return pass_on(context, request, {.method = "Disable"}, read_name);
}

AdminAnswer admin_enable_account(AdminContext& context, const AdminRequest& request) {
    return pass_on(context, request, {.method = "Enable"}, read_name);
}

AdminAnswer admin_delete_account(AdminContext& context, const AdminRequest& request) {
    return pass_on(context, request, {.method = "Delete", .name_ends = true}, read_name,
                   [acceptor = context.acceptor](const Json& reply) {
                       acceptor->operators().end_account(static_cast<std::uint32_t>(reply["account"].natural()));
                   });
}

AdminAnswer admin_invite(AdminContext& context, const AdminRequest& request) {
    const Secret token = random_token();
    AuthClient::Call call{.method = "Invite", .secrets = {{{"token", token.view()}}}};
    for (const char* parameter : {"uses", "days"})
        if (const Json& given = (*request.parameters)[parameter]; given.is_natural())
            call.parameters.set(parameter, given);
    return pass_on(context, request, std::move(call), read_token);
}

}  // namespace chat
