// The spelling of calls on chat-auth's socket: the table and the description agree, and wrong calls are refused.
#include "chat-auth/auth_interface.h"
#include "chat-auth/calls.h"
#include "shared/system/secret.h"
#include "tests/support/json_in_catch.h"

#include <algorithm>
#include <string>

namespace auth_calls_test {

using namespace chat;

namespace {

const Json a_login{{"segment", 7U},    {"session", 41U},  {"position", 100U},
                   {"address", "::1"}, {"name", "Robin"}, {"secret", "password"}};

varlink::Call call(std::string method, Json parameters) {
    return {.method = std::move(method), .parameters = std::move(parameters)};
}

std::string error_of(const varlink::Call& wrong) {
    const auto read = read_auth_call(wrong);
    const auto* reply = std::get_if<varlink::Reply>(&read);
    return reply == nullptr ? "none" : reply->error + " " + reply->parameters["parameter"].text();
}

}  // namespace

TEST_CASE("auth calls: every method and parameter is described, and no other", "[auth]") {
    const std::string description = auth_interface_description;
    std::size_t methods = 0;
    for (std::size_t at = description.find("\nmethod "); at != std::string::npos;
         at = description.find("\nmethod ", at + 1))
        ++methods;
    CHECK(methods == auth_method_names().size());
    for (const std::string_view method : auth_method_names()) {
        const std::size_t at = description.find("\nmethod " + std::string(method) + "(");
        REQUIRE(at != std::string::npos);
        const std::string signature = description.substr(at, description.find("->", at) - at);
        const auto parameters = auth_parameter_names(method);
        CHECK(std::count(signature.begin(), signature.end(), ':') == static_cast<std::ptrdiff_t>(parameters.size()));
        for (const std::string& parameter : parameters) {
            const bool optional = parameter.ends_with('?');
            const std::string name = parameter.substr(0, parameter.size() - (optional ? 1 : 0));
            CHECK(signature.find(name + (optional ? ": ?" : ": ")) != std::string::npos);
        }
    }
}

TEST_CASE("auth calls: a call becomes a request", "[auth]") {
    const auto read = read_auth_call(call("org.chat.Auth.Login", a_login));
    const auto* request = std::get_if<AuthRequest>(&read);
    REQUIRE(request != nullptr);
    CHECK(request->method == AuthMethod::login);
    REQUIRE(request->key);
    CHECK(request->key->segment == 7);
    CHECK(request->key->session == 41);
    CHECK(request->key->position == 100);
    CHECK(request->address == "::1");
    CHECK(request->name == "Robin");
    CHECK(request->secret.view() == "password");
    const auto names = read_auth_call(call("org.chat.Auth.Names", {{"after", nullptr}}));
    REQUIRE(std::holds_alternative<AuthRequest>(names));
    CHECK(!std::get<AuthRequest>(names).key);
}

TEST_CASE("auth calls: wrong calls are refused with the name of the parameter", "[auth]") {
    CHECK(error_of(call("org.chat.Auth.Dance", {})) == "org.varlink.service.MethodNotFound ");
    CHECK(error_of(call("org.chat.Other.Login", {})) == "org.varlink.service.InterfaceNotFound ");
    CHECK(error_of(call("Login", {})) == "org.varlink.service.InterfaceNotFound ");
    CHECK(error_of(call("org.chat.Auth.Login", {})) == "org.varlink.service.InvalidParameter segment");
    Json with = a_login;
    with.set("more", 1U);
    CHECK(error_of(call("org.chat.Auth.Login", with)) == "org.varlink.service.InvalidParameter more");
    for (const Json& wrong : {Json(nullptr), Json(1), Json(true)}) {
        Json login = a_login;
        login.set("secret", wrong);
        CHECK(error_of(call("org.chat.Auth.Login", login)) == "org.varlink.service.InvalidParameter secret");
    }
    for (const Json& wrong : {Json(-1), Json("1"), Json(18'446'744'073'709'551'615U)}) {
        Json login = a_login;
        login.set("position", wrong);
        CHECK(error_of(call("org.chat.Auth.Login", login)) == "org.varlink.service.InvalidParameter position");
    }
}

TEST_CASE("auth calls: a refusal has its code, a success its values", "[auth]") {
    CHECK(auth_reply({.refusal = ErrorCode::wrong_secret, .changes = 3}).parameters ==
          Json{{"outcome", "wrong-secret"}, {"changes", 3U}});
    const varlink::Reply reply = auth_reply({.account = 5, .name = "Robin", .since = 9, .failed = 2, .changes = 3});
    CHECK(reply.parameters["outcome"].text() == "ok");
    CHECK(reply.parameters["account"].natural() == 5);
    CHECK(reply.parameters["failed"].natural() == 2);
    CHECK(!reply.parameters.contains("token"));
}

TEST_CASE("secrets: moving takes the text along, and clearing empties it", "[auth]") {
    Secret one("password");
    Secret other(std::move(one));
    CHECK(other.view() == "password");
    CHECK(one.empty());
    other.append(std::string(100, 'x'));
    CHECK(other.size() == 108);
    CHECK(other.view().starts_with("passwordx"));
    one = std::move(other);
    CHECK(one.size() == 108);
    one.clear();
    CHECK(one.view().empty());
}

}  // namespace auth_calls_test
