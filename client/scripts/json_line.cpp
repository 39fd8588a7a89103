// A line of the server as JSON: see json_line.h.
#include "client/scripts/json_line.h"

#include "shared/text/json.h"
#include "shared/text/line.h"
#include "shared/text/printable.h"

#include <algorithm>
#include <array>
#include <cstdint>
#include <string_view>

namespace chat {

namespace {

constexpr std::array<std::string_view, 11> number_keys = {"id",      "from", "count", "group", "limit",       "admin",
                                                          "version", "size", "bytes", "rate",  "milliseconds"};

Json as_json(std::string_view key, const std::string& value) {
    const bool is_truth = key == "you" || key == "op" || key == "voice";
    if (is_truth && (value == "yes" || value == "no")) return value == "yes";
    if (std::find(number_keys.begin(), number_keys.end(), key) != number_keys.end()) {
        if (const auto number = whole_number<std::uint64_t>(value)) return *number;
    }
    return printable(value);
}

}  // namespace

std::string json_line(const ServerLine& line) {
    Json object;
    object.set("kind", line.kind);
    for (const auto& [key, value] : line.fields) {
        if (key != "tag" && key != "kind" && key != "text") object.set(key, as_json(key, value));
    }
    if (line.text) object.set("text", printable(*line.text));
    return object.dump();
}

}  // namespace chat
