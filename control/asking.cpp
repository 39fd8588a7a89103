// Questions may be repeated, acts may not.
#include "control/asking.h"

#include "control/exit_status.h"
#include "control/server.h"
#include "shared/text/printable.h"

#include <unistd.h>

#include <chrono>
#include <cstdio>

namespace chat {

namespace {

constexpr std::string_view interface = "org.chat.Admin.";
constexpr int max_tries = 5;  // for a question; the server was restarted between two of them

std::string words_of(const Json& value) {
    return printable(value.is_text() ? value.text() : value.dump(Json::Form::ascii_line));
}

std::string parameter(const varlink::Reply& reply, const char* name) {
    return reply.parameters.contains(name) ? words_of(reply.parameters[name]) : "?";
}

Json ask_once(const Arguments& arguments, const varlink::Call& call, const char* list) {
    Server server(arguments.socket, arguments.timeout);
    server.send(call);
    std::vector<Json> rows;
    for (Json all;;) {
        varlink::Reply reply = server.receive();
        if (!reply.error.empty()) fail_for(reply);
        if (list == nullptr) return std::move(reply.parameters);
        const Json& some = reply.parameters[list];
        if (!some.is_array()) throw Failure(exit_bad_reply, "the server's answer has no list");
        rows.insert(rows.end(), some.items().begin(), some.items().end());
        if (all.is_null()) all = std::move(reply.parameters);
        if (reply.continues) continue;
        all.set(list, Json::array(std::move(rows)));
        return all;
    }
}

Json ask_again(const Arguments& arguments, const varlink::Call& call, const char* list) {
    const auto until = std::chrono::steady_clock::now() + arguments.timeout;
    for (int tries = 1;; ++tries) {
        try {
            return ask_once(arguments, call, list);
        } catch (const Failure& failure) {
            const bool in_time = tries < max_tries && std::chrono::steady_clock::now() < until;
            if (failure.exit_status() != exit_lost || !in_time) throw;
        }
    }
}

}  // namespace

varlink::Call call_of(std::string_view method, Json parameters, bool more) {
    return {std::string(interface) + std::string(method), std::move(parameters), more, false};
}

Json ask(const Arguments& arguments, std::string_view method, const char* list) {
    return ask_again(arguments, call_of(method, Json::object(), list != nullptr), list);
}

Json ask(const Arguments& arguments, std::string_view method, Json parameters) {
    return ask_again(arguments, call_of(method, std::move(parameters), false), nullptr);
}

Json act(const Arguments& arguments, std::string_view method, Json parameters) {
    parameters.set("operator", ::getuid());
    try {
        return ask_once(arguments, call_of(method, std::move(parameters), false), nullptr);
    } catch (const Failure& failure) {
        if (failure.exit_status() != exit_lost) throw;
        throw Failure(exit_lost,
                      std::string(failure.what()) + "; it may or may not have been done: check before you repeat it");
    }
}

void fail_for(const varlink::Reply& reply) {
    const std::string_view error = reply.error;
    if (error == "org.chat.Admin.NoSuchClient")
        throw Failure(exit_refused, "there is no client " + parameter(reply, "client"));
    if (error == "org.chat.Admin.NoSuchRoom")
        throw Failure(exit_refused, "there is no room " + parameter(reply, "room"));
    if (error == "org.chat.Admin.Refused") throw Failure(exit_refused, "refused: " + parameter(reply, "reason"));
    if (error == "org.chat.Admin.NoSuchAccount")
        throw Failure(exit_refused, "there is no account " + parameter(reply, "name"));
    if (error == "org.chat.Admin.NameTaken")
        throw Failure(exit_refused, "there is an account " + parameter(reply, "name") + " already");
    if (error == "org.chat.Admin.NoAccounts") throw Failure(exit_refused, "this server has no accounts");
    if (error == "org.chat.Admin.NoSuchBan")
        throw Failure(exit_refused, "there is no ban of " + parameter(reply, "target") + "; bans lists them");
    if (error == "org.chat.Admin.TooManyBans")
        throw Failure(exit_refused, "the server has reached its limit of bans; ban a network instead");
    if (error == "org.chat.Admin.NotStored")
        throw Failure(exit_refused, "nothing was done: " + parameter(reply, "reason"));
    if (error == "org.chat.Admin.Busy")
        throw Failure(exit_refused, "the server is busy: its queue is full; nothing was done, try again");
    if (error == "org.chat.Admin.Waiting")
        throw Failure(exit_lost, "the server is being upgraded; try again: " + parameter(reply, "reason"));
    if (error == "org.chat.Admin.TooManyConnections")
        throw Failure(exit_refused, "too many operators are connected to the server");
    if (error == "org.chat.Admin.TooSlow")
        throw Failure(exit_lost, "events came faster than they were read; some are lost");
    if (error == "org.varlink.service.MethodNotFound" || error == "org.varlink.service.InterfaceNotFound")
        throw Failure(exit_bad_reply, "this server does not know that command: it is of another version");
    if (error == "org.varlink.service.InvalidParameter") {
        const std::string what = parameter(reply, "parameter");
        throw Failure(exit_refused,
                      "the server does not accept " + (what == "modes" ? "these " + what : "this " + what));
    }
    throw Failure(exit_refused,
                  "the server answers with an error: " + printable(error) + ' ' + words_of(reply.parameters));
}

void print(const std::string& text) {
    if (std::fwrite(text.data(), 1, text.size(), stdout) != text.size() || std::fflush(stdout) != 0)
        throw Failure(exit_refused, "standard output cannot be written");
}

void print_document(const Json& json) {
    print(json.dump(Json::Form::document) + '\n');
}

}  // namespace chat
