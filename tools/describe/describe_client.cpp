// The same for chat-client. A separate program, because some of its type names clash with those of the daemons.
#include "client/configuration.h"
#include "client/talk/view.h"
#include "shared/text/json.h"

#include <cstdio>
#include <string_view>
#include <utility>
#include <vector>

int main() {
    std::vector<chat::Json> keys;
    for (const std::string_view key : chat::configuration_keys()) keys.emplace_back(key);
    const chat::Json tables{{"settings", chat::Json::array(std::move(keys))}, {"help_width", chat::help_width}};
    std::puts(tables.dump(chat::Json::Form::document).c_str());
    return 0;
}
