// From the setting or the kernel.
#include "shared/system/irc_server_name.h"

#include <unistd.h>

namespace chat {

std::string irc_server_name(const Config& config) {
    std::string name = config.irc_server_name;
    if (name.empty()) {
        constexpr std::size_t longest = 63;
        char host[longest + 1] = {};
        name = ::gethostname(host, longest) == 0 && host[0] != '\0' ? host : "chat";
    }
    if (name.find('.') == std::string::npos) name += ".local";
    return name;
}

}  // namespace chat
