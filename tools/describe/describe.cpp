// Prints the server's tables as JSON, so that documents and tests read the program and not its source.
#include "chat-acceptor/dialects/line/command_table.h"
#include "shared/records/error_code.h"
#include "shared/system/config.h"
#include "shared/system/journal.h"
#include "shared/system/settings.h"
#include "shared/text/json.h"

#include <cstdint>
#include <cstdio>
#include <string>
#include <string_view>
#include <utility>
#include <variant>
#include <vector>

namespace chat {
namespace {

Json commands() {
    std::vector<Json> rows;
    for (const Command& command : command_table())
        rows.push_back({{"name", command.name}, {"usage", command.usage}, {"meaning", command.meaning}});
    return Json::array(std::move(rows));
}

const char* type_of(std::int64_t /*value*/) {
    return "number";
}
const char* type_of(bool /*value*/) {
    return "truth";
}
const char* type_of(const std::string& /*value*/) {
    return "word";
}
const char* type_of(const std::vector<std::string>& /*value*/) {
    return "names";
}

const char* type_of(const SecretsByName& /*value*/) {
    return "hashes by name";
}

template <typename Value>
Json shown(const Value& value) {
    return Json(value);
}
Json shown(const SecretsByName& secrets) {
    Json names = Json::object();
    for (const auto& [name, secret] : secrets) names.set(name, "");
    return names;
}

Json configuration() {
    const Config defaults;
    std::vector<Json> rows;
    for (const Setting& setting : settings())
        std::visit(
            [&](auto member) {
                rows.push_back({{"key", setting.key},
                                {"type", type_of(defaults.*member)},
                                {"default", shown(defaults.*member)},
                                {"least", setting.least},
                                {"most", setting.most},
                                {"unit", setting.unit},
                                {"meaning", setting.meaning},
                                {"waits", setting.waits}});
            },
            setting.member);
    return Json::array(std::move(rows));
}

Json events() {
    std::vector<Json> rows;
    for (const KnownEvent& known : known_events) rows.push_back({{"name", known.event}, {"id", known.message_id}});
    return Json::array(std::move(rows));
}

Json errors() {
    std::vector<Json> words;
    for (const std::string_view word : error_words) words.emplace_back(word);
    return Json::array(std::move(words));
}

}  // namespace
}  // namespace chat

int main() {
    const chat::Json tables{{"version", CHAT_VERSION},
                            {"commands", chat::commands()},
                            {"settings", chat::configuration()},
                            {"events", chat::events()},
                            {"errors", chat::errors()}};
    std::puts(tables.dump(chat::Json::Form::document).c_str());
    return 0;
}
