// Finds the database, and prints what it reads.
#include "control/log.h"

#include "control/asking.h"
#include "control/exit_status.h"
#include "control/log_reader.h"
#include "control/show.h"
#include "shared/text/moment.h"

#include <unistd.h>

#include <string>

namespace chat {
namespace {

constexpr std::uint64_t shown = 100;  // messages, unless the command says otherwise

std::string without_sign(const std::string& room) {
    return room.starts_with('#') || room.starts_with('&') ? room.substr(1) : room;
}

}  // namespace

// A server that was started by hand has its log beside its socket.
std::string database_of(const Arguments& arguments) {
    if (arguments.database) return *arguments.database;
    const std::string beside = arguments.socket.substr(0, arguments.socket.rfind('/') + 1) + "chat.db";
    return ::access(beside.c_str(), F_OK) == 0 ? beside : "/var/lib/chat/chat.db";
}

int show_log(const Arguments& arguments) {
    MessageFilter filter;
    filter.since = arguments.since;
    if (arguments.room) filter.room = without_sign(*arguments.room);
    filter.person = arguments.person;
    filter.last = arguments.count;
    if (!filter.since && !filter.last) filter.last = shown;
    LogReader(database_of(arguments)).read(filter, [&arguments](const Json& message) {
        print(arguments.json ? message.dump() + '\n' : message_text(message));
    });
    return exit_done;
}

}  // namespace chat
