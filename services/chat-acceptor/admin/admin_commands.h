// THE TABLE of the operator's commands: every method of org.chat.Admin is one row with its handler and its parameters,
// which are checked against the row before the handler runs. org.chat.Admin.varlink explains them to callers.
#pragma once

#include "chat-acceptor/acceptor.h"
#include "chat-acceptor/admin/admin_feed.h"
#include "shared/system/varlink.h"

#include <array>
#include <cstdint>
#include <functional>
#include <optional>
#include <span>
#include <string>
#include <string_view>
#include <vector>

namespace chat {

// What handlers see and may use.
struct AdminContext {
    Acceptor* acceptor;
    const AdminFeed* feed;
    std::vector<std::string> listening;  // the inherited addresses: "tcp [::]:5000"
    Microseconds started_at;             // wall clock
    std::function<void()> wake = {};     // to be called when an answer that comes later is there
};

// The operator's user id if neither the kernel nor the caller states one.
inline constexpr std::uint32_t unknown_uid = 65'534;

struct AdminRequest {
    const Json* parameters;
    std::uint32_t operator_uid;  // from the kernel, or else as the caller states it, or else unknown_uid
};

// One of several replies. If it is empty, there is none now, but there will be.
struct AdminBatch {
    std::optional<varlink::Reply> reply;
    bool last = false;
};

struct AdminAnswer {
    varlink::Reply reply;
    // If set, the answer consists of what this returns, call by call, instead of `reply`.
    std::function<AdminBatch()> batches;
    bool is_single = false;    // there is only one reply, which comes later
    bool comes_later = false;  // the replies do: the caller must accept several
};

struct AdminParameter {
    enum class Type : std::uint8_t { none, text, number, texts, user };
    std::string_view name = {};
    Type type = Type::none;
    bool optional = false;
};

struct AdminMethod {
    std::string_view name;  // without the interface
    AdminAnswer (*handler)(AdminContext&, const AdminRequest&);
    std::array<AdminParameter, 4> parameters = {};
};

// One reply, as soon as there is one.
[[nodiscard]] AdminAnswer answer_later(std::shared_ptr<std::optional<varlink::Reply>> awaited);

inline constexpr std::string_view admin_interface = "org.chat.Admin";
[[nodiscard]] std::span<const AdminMethod> admin_table() noexcept;

// Finds the method, checks its parameters and calls the handler. `known_uid` is the caller's; it is empty if the kernel
// does not tell, and only then is the user id in the call believed.
[[nodiscard]] AdminAnswer run_admin_call(AdminContext& context, const varlink::Call& call,
                                         std::optional<std::uint32_t> known_uid);

// An error of org.chat.Admin.
[[nodiscard]] AdminAnswer admin_error(std::string_view name, Json parameters = Json::object());
// The standard's error for an invalid parameter.
[[nodiscard]] AdminAnswer invalid_parameter(std::string_view name);

// A connected client, by id or by name.
[[nodiscard]] std::optional<SlotId> find_client(const Sessions& sessions, std::string_view word);
// A parameter that is a text; an absent one is empty.
[[nodiscard]] std::string text_parameter(const AdminRequest& request, const char* name);

AdminAnswer admin_accounts(AdminContext& context, const AdminRequest& request);
AdminAnswer admin_add_account(AdminContext& context, const AdminRequest& request);
AdminAnswer admin_reset_account(AdminContext& context, const AdminRequest& request);
AdminAnswer admin_disable_account(AdminContext& context, const AdminRequest& request);
AdminAnswer admin_enable_account(AdminContext& context, const AdminRequest& request);
AdminAnswer admin_delete_account(AdminContext& context, const AdminRequest& request);
AdminAnswer admin_invite(AdminContext& context, const AdminRequest& request);
AdminAnswer admin_add(AdminContext& context, const AdminRequest& request);
AdminAnswer admin_announce(AdminContext& context, const AdminRequest& request);
AdminAnswer admin_ban(AdminContext& context, const AdminRequest& request);
AdminAnswer admin_bans(AdminContext& context, const AdminRequest& request);
AdminAnswer admin_change_modes(AdminContext& context, const AdminRequest& request);
AdminAnswer admin_clients(AdminContext& context, const AdminRequest& request);
AdminAnswer admin_config(AdminContext& context, const AdminRequest& request);
AdminAnswer admin_follow(AdminContext& context, const AdminRequest& request);
AdminAnswer admin_forget(AdminContext& context, const AdminRequest& request);
AdminAnswer admin_forgotten(AdminContext& context, const AdminRequest& request);
AdminAnswer admin_groups(AdminContext& context, const AdminRequest& request);
AdminAnswer admin_kick(AdminContext& context, const AdminRequest& request);
AdminAnswer admin_metrics(AdminContext& context, const AdminRequest& request);
AdminAnswer admin_remove(AdminContext& context, const AdminRequest& request);
AdminAnswer admin_rooms(AdminContext& context, const AdminRequest& request);
AdminAnswer admin_set_room(AdminContext& context, const AdminRequest& request);
AdminAnswer admin_set_topic(AdminContext& context, const AdminRequest& request);
AdminAnswer admin_status(AdminContext& context, const AdminRequest& request);
AdminAnswer admin_unban(AdminContext& context, const AdminRequest& request);

}  // namespace chat
