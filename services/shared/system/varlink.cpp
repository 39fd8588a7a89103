// Converts calls and replies to and from JSON.
#include "shared/system/varlink.h"

#include <algorithm>
#include <utility>

namespace chat::varlink {
namespace {

std::string finished(const Json& message) {
    std::string text = message.dump();
    text.push_back('\0');
    return text;
}

// Copying and destroying deeply nested values would need that much stack.
constexpr std::size_t deepest = 16;

std::optional<Json> parse_object(std::string_view message) {
    auto json = Json::parse(message, deepest);
    return json && json->is_object() ? std::move(json) : std::nullopt;
}

// The standard treats a null member as absent.
bool take_flag(const Json& value, bool& flag) {
    if (value.is_null()) return true;
    flag = value.boolean();
    return value.is_boolean();
}

bool take_word(const Json& value, std::string& word) {
    if (value.is_null()) return true;
    word = value.text();
    return !word.empty();
}

bool take_parameters(const Json& value, Json& parameters) {
    if (value.is_null()) return true;
    parameters = value;
    return parameters.is_object();
}

}  // namespace

std::string encode(const Call& call) {
    Json message{{"method", call.method}, {"parameters", call.parameters}};
    if (call.more) message.set("more", true);
    if (call.oneway) message.set("oneway", true);
    return finished(message);
}

std::string encode(const Reply& reply) {
    Json message = Json::object();
    if (!reply.error.empty()) message.set("error", reply.error);
    message.set("parameters", reply.parameters);
    if (reply.continues) message.set("continues", true);
    return finished(message);
}

std::optional<Call> parse_call(std::string_view message) {
    const auto json = parse_object(message);
    if (!json) return std::nullopt;
    const Json& object = *json;
    Call call;
    if (!take_word(object["method"], call.method) || call.method.empty() ||
        !take_parameters(object["parameters"], call.parameters) || !take_flag(object["more"], call.more) ||
        !take_flag(object["oneway"], call.oneway))
        return std::nullopt;
    return call;
}

std::optional<Reply> parse_reply(std::string_view message) {
    const auto json = parse_object(message);
    if (!json) return std::nullopt;
    const Json& object = *json;
    Reply reply;
    if (!take_word(object["error"], reply.error) || !take_parameters(object["parameters"], reply.parameters) ||
        !take_flag(object["continues"], reply.continues))
        return std::nullopt;
    return reply;
}

std::optional<std::string_view> MessageSplitter::next() {
    const std::size_t end = buffer_.find('\0', std::max(searched_, taken_));
    const std::size_t length = std::min(end, buffer_.size()) - taken_;
    if (length > most_) {
        overlong_ = true;
        return std::nullopt;
    }
    if (end == std::string::npos) {
        buffer_.erase(0, taken_);
        taken_ = 0;
        searched_ = buffer_.size();
        return std::nullopt;
    }
    const std::string_view message = std::string_view(buffer_).substr(taken_, length);
    taken_ = end + 1;
    searched_ = taken_;
    return message;
}

}  // namespace chat::varlink
