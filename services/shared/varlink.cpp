// From JSON to calls and replies, and back.
#include "shared/varlink.h"

#include <algorithm>

namespace chat::varlink {
namespace {

std::string finished(const Json& message) {
    std::string text = message.dump(-1, ' ', false, Json::error_handler_t::replace);
    text.push_back('\0');
    return text;
}

// Copying and destroying what is nested deeply would take as much of the stack.
constexpr int deepest = 16;

std::optional<Json> parse_object(std::string_view message) {
    bool too_deep = false;
    const auto look = [&too_deep](int depth, Json::parse_event_t /*event*/, Json& /*value*/) {
        too_deep = too_deep || depth > deepest;
        return !too_deep;
    };
    Json json = Json::parse(message, look, false);
    if (too_deep || !json.is_object()) return std::nullopt;
    return json;
}

// An absent or null member is what the standard calls absent.
const Json* member(const Json& object, const char* key) {
    const auto found = object.find(key);
    return found != object.end() && !found->is_null() ? &*found : nullptr;
}

bool take_flag(const Json& object, const char* key, bool& flag) {
    const Json* value = member(object, key);
    if (value == nullptr) return true;
    if (!value->is_boolean()) return false;
    flag = value->get<bool>();
    return true;
}

bool take_word(const Json& object, const char* key, std::string& word) {
    const Json* value = member(object, key);
    if (value == nullptr) return true;
    if (!value->is_string()) return false;
    word = value->get<std::string>();
    return !word.empty();
}

bool take_parameters(const Json& object, Json& parameters) {
    const Json* value = member(object, "parameters");
    if (value == nullptr) return true;
    parameters = *value;
    return parameters.is_object();
}

}  // namespace

std::string encode(const Call& call) {
    Json message{{"method", call.method}, {"parameters", call.parameters}};
    if (call.more) message["more"] = true;
    if (call.oneway) message["oneway"] = true;
    return finished(message);
}

std::string encode(const Reply& reply) {
    Json message = Json::object();
    if (!reply.error.empty()) message["error"] = reply.error;
    message["parameters"] = reply.parameters;
    if (reply.continues) message["continues"] = true;
    return finished(message);
}

std::optional<Call> parse_call(std::string_view message) {
    const auto json = parse_object(message);
    Call call;
    if (!json || !take_word(*json, "method", call.method) || call.method.empty() ||
        !take_parameters(*json, call.parameters) || !take_flag(*json, "more", call.more) ||
        !take_flag(*json, "oneway", call.oneway))
        return std::nullopt;
    return call;
}

std::optional<Reply> parse_reply(std::string_view message) {
    const auto json = parse_object(message);
    Reply reply;
    if (!json || !take_word(*json, "error", reply.error) || !take_parameters(*json, reply.parameters) ||
        !take_flag(*json, "continues", reply.continues))
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
