// The table of methods, and what each parameter means.
#include "chat-auth/calls.h"

#include "chat-auth/auth_interface.h"

#include <algorithm>
#include <array>
#include <limits>
#include <span>
#include <string>
#include <utility>

namespace chat {
namespace {

constexpr std::string_view standard = "org.varlink.service";

enum class Type : std::uint8_t { none, text, number };

struct Parameter {
    std::string_view name = {};
    Type type = Type::none;
    void (*take)(AuthRequest&, const Json&) = nullptr;
    bool optional = false;
};

CallKey& key_of(AuthRequest& request) {
    if (!request.key) request.key.emplace();
    return *request.key;
}

// What each parameter sets.
struct Known {
    static constexpr Parameter segment{"segment", Type::number,
                                       [](auto& r, const Json& v) { key_of(r).segment = v.natural(); }};
    static constexpr Parameter session{"session", Type::number,
                                       [](auto& r, const Json& v) { key_of(r).session = v.natural(); }};
    static constexpr Parameter position{"position", Type::number,
                                        [](auto& r, const Json& v) { key_of(r).position = v.natural(); }};
    static constexpr Parameter address{"address", Type::text, [](auto& r, const Json& v) { r.address = v.text(); }};
    static constexpr Parameter name{"name", Type::text, [](auto& r, const Json& v) { r.name = v.text(); }};
    static constexpr Parameter account{"account", Type::number,
                                       [](auto& r, const Json& v) { r.account = v.natural(); }};
    static constexpr Parameter secret{"secret", Type::text,
                                      [](auto& r, const Json& v) { r.secret = Secret(v.text()); }};
    static constexpr Parameter new_secret{"new_secret", Type::text,
                                          [](auto& r, const Json& v) { r.new_secret = Secret(v.text()); }};
    static constexpr Parameter token{"token", Type::text, [](auto& r, const Json& v) { r.token = Secret(v.text()); }};
    static constexpr Parameter verifier{"verifier", Type::text,
                                        [](auto& r, const Json& v) { r.verifier = Secret(v.text()); }};
    static constexpr Parameter fingerprint{"fingerprint", Type::text,
                                           [](auto& r, const Json& v) { r.fingerprint = v.text(); }};
    static constexpr Parameter script{"script", Type::text, [](auto& r, const Json& v) { r.script = v.text(); }};
    static constexpr Parameter policy{"policy", Type::text,
                                      [](auto& r, const Json& v) { r.policy = register_policy(v.text()); }};
    static constexpr Parameter least{"least", Type::number, [](auto& r, const Json& v) { r.least = v.natural(); }};
    static constexpr Parameter names_at_once{"names_at_once", Type::number,
                                             [](auto& r, const Json& v) { r.names_at_once = v.natural(); }};
    static constexpr Parameter uses{"uses", Type::number, [](auto& r, const Json& v) { r.uses = v.natural(); }};
    static constexpr Parameter days{"days", Type::number, [](auto& r, const Json& v) { r.days = v.natural(); }};
    static constexpr Parameter deadline{
        "deadline", Type::number, [](auto& r, const Json& v) { r.deadline = static_cast<Microseconds>(v.natural()); }};
    static constexpr Parameter after{"after", Type::text, [](auto& r, const Json& v) { r.after = v.text(); }};
    static constexpr Parameter operator_uid{"operator", Type::number, [](auto& r, const Json& v) {
                                                r.operator_uid = static_cast<std::uint32_t>(v.natural());
                                            }};
};

constexpr Parameter optional(Parameter parameter) {
    parameter.optional = true;
    return parameter;
}

constexpr std::size_t most_parameters = 12;
struct Method {
    std::string_view name;
    AuthMethod method;
    std::array<Parameter, most_parameters> parameters = {};
};

constexpr std::array methods = {
    Method{"Login",
           AuthMethod::login,
           {Known::segment, Known::session, Known::position, Known::address, Known::name, Known::secret,
            optional(Known::policy), optional(Known::script), optional(Known::fingerprint), optional(Known::deadline)}},
    Method{"Register",
           AuthMethod::register_name,
           {Known::segment, Known::session, Known::position, Known::address, Known::name, Known::secret,
            optional(Known::token), Known::policy, Known::least, optional(Known::account),
            optional(Known::names_at_once), optional(Known::deadline)}},
    Method{"ChangePassword",
           AuthMethod::change_password,
           {Known::segment, Known::session, Known::position, Known::address, Known::account, Known::secret,
            Known::new_secret, Known::least, optional(Known::deadline)}},
    Method{"ResetPassword",
           AuthMethod::reset_password,
           {Known::segment, Known::session, Known::position, Known::address, Known::name, Known::token,
            Known::new_secret, Known::least, optional(Known::deadline)}},
    Method{"CheckSecret",
           AuthMethod::check_secret,
           {Known::segment, Known::session, Known::position, Known::address, Known::secret, optional(Known::verifier),
            optional(Known::deadline)}},
    Method{"LoginWithCertificate",
           AuthMethod::login_with_certificate,
           {Known::segment, Known::session, Known::position, Known::address, Known::name, Known::fingerprint,
            optional(Known::deadline)}},
    Method{"AddCertificate",
           AuthMethod::add_certificate,
           {Known::segment, Known::session, Known::position, Known::address, Known::account, Known::fingerprint,
            optional(Known::deadline)}},
    Method{"RemoveCertificate",
           AuthMethod::remove_certificate,
           {Known::segment, Known::session, Known::position, Known::address, Known::account,
            optional(Known::fingerprint), optional(Known::deadline)}},
    Method{"Names", AuthMethod::names, {optional(Known::after)}},
    Method{"List", AuthMethod::list, {optional(Known::after)}},
    Method{"Add",
           AuthMethod::add,
           {Known::name, Known::operator_uid, optional(Known::segment), optional(Known::session),
            optional(Known::position), optional(Known::token), optional(Known::deadline)}},
    Method{"IssueReset",
           AuthMethod::issue_reset,
           {Known::name, Known::operator_uid, optional(Known::segment), optional(Known::session),
            optional(Known::position), optional(Known::token), optional(Known::deadline)}},
    Method{"Disable",
           AuthMethod::disable,
           {Known::name, Known::operator_uid, optional(Known::segment), optional(Known::session),
            optional(Known::position), optional(Known::deadline)}},
    Method{"Enable",
           AuthMethod::enable,
           {Known::name, Known::operator_uid, optional(Known::segment), optional(Known::session),
            optional(Known::position), optional(Known::deadline)}},
    Method{"Delete",
           AuthMethod::remove,
           {Known::name, Known::operator_uid, optional(Known::segment), optional(Known::session),
            optional(Known::position), optional(Known::deadline)}},
    Method{"Invite",
           AuthMethod::invite,
           {optional(Known::uses), optional(Known::days), Known::operator_uid, optional(Known::segment),
            optional(Known::session), optional(Known::position), optional(Known::token), optional(Known::deadline)}},
};

bool is_of_type(const Json& value, Type type) {
    switch (type) {
        case Type::text:
            return value.is_text();
        case Type::number:
            return value.is_natural() && std::in_range<std::int64_t>(value.natural());
        case Type::none:
            break;
    }
    return false;
}

varlink::Reply standard_error(std::string_view error, Json parameters) {
    return {std::move(parameters), std::string(standard) + '.' + std::string(error), false};
}

struct Interface {
    std::string_view name;
    const char* description;
};

varlink::Reply answer_standard_call(const varlink::Call& call, std::string_view method, const Interface& interface) {
    if (method == "GetInfo")
        return {{{"vendor", "chat"},
                 {"product", "chat-auth"},
                 {"version", CHAT_VERSION},
                 {"url", ""},
                 {"interfaces", Json::array({standard, interface.name})}},
                {},
                false};
    if (method != "GetInterfaceDescription") return standard_error("MethodNotFound", {{"method", call.method}});
    if (call.parameters["interface"].text() != interface.name)
        return standard_error("InterfaceNotFound", {{"interface", call.parameters["interface"].text()}});
    return {{{"description", interface.description}}, {}, false};
}

const Method* find_method(std::string_view method) noexcept {
    const auto* row =
        std::find_if(methods.begin(), methods.end(), [method](const Method& m) { return m.name == method; });
    return row == methods.end() ? nullptr : row;
}

// The name of a parameter that is missing, unknown or of the wrong type.
std::optional<std::string> take_parameters(const Method& method, const Json& given, AuthRequest& request) {
    for (const auto& [key, value] : given.members()) {
        const auto* row = std::find_if(method.parameters.begin(), method.parameters.end(),
                                       [&wanted = key](const Parameter& p) { return p.name == wanted; });
        if (row == method.parameters.end() || row->type == Type::none) return key;
        if (row->optional && value.is_null()) continue;
        if (!is_of_type(value, row->type)) return key;
        row->take(request, value);
    }
    for (const Parameter& row : method.parameters)
        if (row.type != Type::none && !row.optional && !given.contains(row.name)) return std::string(row.name);
    return std::nullopt;
}

Json json_of(const AccountRow& row) {
    return {{"name", row.name},           {"account", row.account}, {"made", row.made_at},
            {"login", row.last_login_at}, {"failed", row.failed},   {"disabled", row.disabled},
            {"pending", !row.has_secret}};
}

// The name of the interface, and that of the method.
std::pair<std::string_view, std::string_view> split_method(std::string_view name) noexcept {
    const std::size_t dot = std::min(name.rfind('.'), name.size());
    return {name.substr(0, dot), name.substr(std::min(dot + 1, name.size()))};
}

}  // namespace

std::variant<AuthRequest, varlink::Reply> read_auth_call(const varlink::Call& call) {
    const auto [interface, word] = split_method(call.method);
    if (interface == standard) return answer_standard_call(call, word, {auth_interface, auth_interface_description});
    if (interface != auth_interface) return standard_error("InterfaceNotFound", {{"interface", interface}});
    const Method* method = find_method(word);
    if (method == nullptr) return standard_error("MethodNotFound", {{"method", call.method}});
    AuthRequest request{.method = method->method};
    if (const auto misfit = take_parameters(*method, call.parameters, request))
        return standard_error("InvalidParameter", {{"parameter", *misfit}});
    return request;
}

std::variant<AuthRequest, varlink::Reply> read_login_call(const varlink::Call& call, std::uint32_t uid) {
    const auto [interface, word] = split_method(call.method);
    if (interface == standard) return answer_standard_call(call, word, {login_interface, login_interface_description});
    if (interface != login_interface) return standard_error("InterfaceNotFound", {{"interface", interface}});
    if (word != "Ticket") return standard_error("MethodNotFound", {{"method", call.method}});
    for (const auto& [parameter, value] : call.parameters.members())
        return standard_error("InvalidParameter", {{"parameter", parameter}});
    return AuthRequest{.method = AuthMethod::issue_ticket, .uid = uid};
}

varlink::Reply login_reply(const AuthAnswer& answer) {
    if (answer.refusal) return login_error(*answer.refusal == ErrorCode::bad_name ? "NoName" : "TooMany");
    return {{{"name", answer.name}, {"ticket", answer.token.view()}}, {}, false};
}

varlink::Reply login_error(std::string_view error) {
    return {Json::object(), std::string(login_interface) + '.' + std::string(error), false};
}

varlink::Reply auth_reply(const AuthAnswer& answer) {
    Json parameters{{"outcome", answer.refusal ? word_of(*answer.refusal) : std::string_view("ok")},
                    {"changes", answer.changes}};
    if (!answer.refusal) {
        parameters.set("account", answer.account);
        parameters.set("name", answer.name);
        parameters.set("since", answer.since);
        parameters.set("failed", answer.failed);
        if (!answer.token.empty()) parameters.set("token", answer.token.view());
        std::vector<Json> rows;
        for (const AccountRow& row : answer.rows) rows.push_back(json_of(row));
        parameters.set("rows", Json::array(std::move(rows)));
        parameters.set("more", answer.more);
    }
    return {std::move(parameters), {}, false};
}

varlink::Reply auth_error(std::string_view error) {
    return {Json::object(), std::string(auth_interface) + '.' + std::string(error), false};
}

std::vector<std::string_view> auth_method_names() {
    std::vector<std::string_view> names;
    for (const Method& method : methods) names.push_back(method.name);
    return names;
}

std::vector<std::string> auth_parameter_names(std::string_view method) {
    std::vector<std::string> names;
    if (const Method* row = find_method(method))
        for (const Parameter& parameter : row->parameters)
            if (parameter.type != Type::none)
                names.push_back(std::string(parameter.name) + (parameter.optional ? "?" : ""));
    return names;
}

}  // namespace chat
