// The table of the operator's commands, the checks that need only the table, and the standard's own interface.
#include "chat-acceptor/admin/admin_commands.h"

#include "chat-acceptor/admin_interface.h"
#include "shared/text/line.h"

#include <algorithm>
#include <utility>

namespace chat {
namespace {

using Type = AdminParameter::Type;
constexpr std::string_view standard_interface = "org.varlink.service";

constexpr std::array admin_methods = {
    AdminMethod{"Add", admin_add, {{{"room", Type::text}, {"clients", Type::texts}, {"operator", Type::user, true}}}},
    AdminMethod{"Accounts", admin_accounts},
    AdminMethod{"AddAccount", admin_add_account, {{{"name", Type::text}, {"operator", Type::user, true}}}},
    AdminMethod{"Announce", admin_announce, {{{"text", Type::text}, {"operator", Type::user, true}}}},
    AdminMethod{"Ban",
                admin_ban,
                {{{"target", Type::text},
                  {"seconds", Type::number, true},
                  {"reason", Type::text, true},
                  {"operator", Type::user, true}}}},
    AdminMethod{"Bans", admin_bans},
    AdminMethod{"ChangeModes",
                admin_change_modes,
                {{{"room", Type::text},
                  {"modes", Type::text},
                  {"parameters", Type::texts, true},
                  {"operator", Type::user, true}}}},
    AdminMethod{"Clients", admin_clients},
    AdminMethod{"Config", admin_config},
    AdminMethod{"DeleteAccount", admin_delete_account, {{{"name", Type::text}, {"operator", Type::user, true}}}},
    AdminMethod{"DisableAccount", admin_disable_account, {{{"name", Type::text}, {"operator", Type::user, true}}}},
    AdminMethod{"EnableAccount", admin_enable_account, {{{"name", Type::text}, {"operator", Type::user, true}}}},
    AdminMethod{"Follow", admin_follow, {{{"last", Type::number, true}, {"after", Type::number, true}}}},
    AdminMethod{"Forget", admin_forget, {{{"client", Type::text}, {"operator", Type::user, true}}}},
    AdminMethod{"Forgotten", admin_forgotten, {{{"request", Type::number}}}},
    AdminMethod{"Groups", admin_groups},
    AdminMethod{"Invite",
                admin_invite,
                {{{"uses", Type::number, true}, {"days", Type::number, true}, {"operator", Type::user, true}}}},
    AdminMethod{
        "Kick", admin_kick, {{{"client", Type::text}, {"reason", Type::text, true}, {"operator", Type::user, true}}}},
    AdminMethod{"Metrics", admin_metrics},
    AdminMethod{
        "Remove", admin_remove, {{{"room", Type::text}, {"clients", Type::texts}, {"operator", Type::user, true}}}},
    AdminMethod{"ResetAccount", admin_reset_account, {{{"name", Type::text}, {"operator", Type::user, true}}}},
    AdminMethod{"Rooms", admin_rooms},
    AdminMethod{"SetRoom",
                admin_set_room,
                {{{"room", Type::text},
                  {"history", Type::text, true},
                  {"keep_days", Type::number, true},
                  {"operator", Type::user, true}}}},
    AdminMethod{
        "SetTopic", admin_set_topic, {{{"room", Type::text}, {"topic", Type::text}, {"operator", Type::user, true}}}},
    AdminMethod{"Status", admin_status},
    AdminMethod{"Unban", admin_unban, {{{"target", Type::text}, {"operator", Type::user, true}}}},
};

AdminAnswer standard_error(std::string_view name, Json parameters) {
    return {{std::move(parameters), std::string(standard_interface) + '.' + std::string(name), false}, {}};
}

bool is_of_type(const Json& value, Type type) {
    switch (type) {
        case Type::text:
            return value.is_text();
        case Type::number:
            return value.is_natural();
        case Type::texts:
            return value.is_array() &&
                   std::all_of(value.items().begin(), value.items().end(), [](const Json& v) { return v.is_text(); });
        case Type::user:
            return value.is_natural() && std::in_range<std::uint32_t>(value.natural());
        case Type::none:
            break;
    }
    return false;
}

// The name of a parameter that is missing, unknown or of the wrong type.
std::optional<std::string> find_misfit(std::span<const AdminParameter> known, const Json& given) {
    for (const auto& [name, value] : given.members()) {
        const auto row = std::find_if(known.begin(), known.end(),
                                      [&name = name](const AdminParameter& p) { return p.name == name; });
        if (row == known.end() || row->type == Type::none) return name;
        if (!(row->optional && value.is_null()) && !is_of_type(value, row->type)) return name;
    }
    for (const AdminParameter& row : known)
        if (row.type != Type::none && !row.optional && !given.contains(row.name)) return std::string(row.name);
    return std::nullopt;
}

// The user id that the caller claims.
std::uint32_t stated_uid(const Json& parameters) {
    const Json& stated = parameters["operator"];
    return stated.is_natural() ? static_cast<std::uint32_t>(stated.natural()) : unknown_uid;
}

AdminAnswer describe_interface(const Json& parameters) {
    constexpr std::array known = {AdminParameter{"interface", Type::text}};
    if (const auto misfit = find_misfit(known, parameters)) return invalid_parameter(*misfit);
    const std::string name = parameters["interface"].text();
    if (name == admin_interface) return {{{{"description", admin_interface_description}}, {}, false}, {}};
    if (name == standard_interface) return {{{{"description", standard_interface_description}}, {}, false}, {}};
    return standard_error("InterfaceNotFound", {{"interface", name}});
}

AdminAnswer run_standard_call(const varlink::Call& call, std::string_view method) {
    if (method == "GetInterfaceDescription") return describe_interface(call.parameters);
    if (method != "GetInfo") return standard_error("MethodNotFound", {{"method", call.method}});
    if (!call.parameters.empty()) return invalid_parameter(call.parameters.members().front().key);
    return {{{{"vendor", "chat"},
              {"product", "chat-acceptor"},
              {"version", CHAT_VERSION},
              {"url", ""},
              {"interfaces", Json::array({standard_interface, admin_interface})}},
             {},
             false},
            {}};
}

}  // namespace

std::optional<SlotId> find_client(const Sessions& sessions, std::string_view word) {
    const auto id = whole_number<std::uint32_t>(word);
    return id ? sessions.find_id(*id) : sessions.find_name(word);
}

std::string text_parameter(const AdminRequest& request, const char* name) {
    return (*request.parameters)[name].text();
}

std::span<const AdminMethod> admin_table() noexcept {
    return admin_methods;
}

AdminAnswer admin_error(std::string_view name, Json parameters) {
    return {{std::move(parameters), std::string(admin_interface) + '.' + std::string(name), false}, {}};
}

AdminAnswer invalid_parameter(std::string_view name) {
    return standard_error("InvalidParameter", {{"parameter", name}});
}

AdminAnswer run_admin_call(AdminContext& context, const varlink::Call& call, std::optional<std::uint32_t> known_uid) {
    const std::string_view full_name = call.method;
    const std::size_t dot = full_name.rfind('.');
    const std::string_view interface = full_name.substr(0, dot == std::string_view::npos ? 0 : dot);
    const std::string_view method = full_name.substr(dot == std::string_view::npos ? 0 : dot + 1);
    if (interface == standard_interface) return run_standard_call(call, method);
    if (interface != admin_interface) return standard_error("InterfaceNotFound", {{"interface", interface}});
    const auto row = std::find_if(admin_methods.begin(), admin_methods.end(),
                                  [method](const AdminMethod& m) { return m.name == method; });
    if (row == admin_methods.end()) return standard_error("MethodNotFound", {{"method", call.method}});
    if (const auto misfit = find_misfit(row->parameters, call.parameters)) return invalid_parameter(*misfit);
    AdminAnswer answer = row->handler(context, {&call.parameters, known_uid.value_or(stated_uid(call.parameters))});
    if (!answer.batches || answer.is_single || call.more) return answer;
    if (answer.comes_later) return standard_error("ExpectedMore", Json::object());
    // The caller accepts only one reply.
    AdminBatch batch = answer.batches();
    if (!batch.last || !batch.reply) return standard_error("ExpectedMore", Json::object());
    return {std::move(*batch.reply), {}};
}

}  // namespace chat
