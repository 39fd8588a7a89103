// Config: every setting's effective value and where it comes from.
#include "chat-acceptor/admin/admin_commands.h"
#include "shared/system/settings.h"

#include <type_traits>

namespace chat {
namespace {

template <typename Value>
Json shown(const Value& value) {
    return Json(value);
}
// Hashes stay where they are.
Json shown(const SecretsByName& secrets) {
    std::vector<Json> names;
    for (const auto& [name, secret] : secrets) names.emplace_back(name);
    return Json::array(std::move(names));
}

}  // namespace

AdminAnswer admin_config(AdminContext& context, const AdminRequest& /*request*/) {
    const Config& config = context.acceptor->config();
    const Config defaults;
    std::vector<Json> rows;
    for (const Setting& setting : settings()) {
        const auto value_in = [&setting](const Config& from) {
            return std::visit([&from](auto member) { return shown(from.*member); }, setting.member);
        };
        Json row{{"key", setting.key}, {"value", value_in(config)}, {"default", value_in(defaults)}};
        const auto origin = config.origins.find(setting.key);
        if (origin != config.origins.end()) row.set("source", origin->second);
        if (setting.most > 0) {
            row.set("least", setting.least);
            row.set("most", setting.most);
        }
        if (!setting.unit.empty()) row.set("unit", setting.unit);
        row.set("meaning", setting.meaning);
        rows.push_back(std::move(row));
    }
    return {{{{"settings", Json::array(std::move(rows))}}, {}, false}, {}};
}

}  // namespace chat
