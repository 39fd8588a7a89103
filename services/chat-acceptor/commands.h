// THE TABLE of commands: every command is one row with its name, its handler, what arguments it takes and what /help
// says of it. Arguments are checked against the row before the handler, so that handlers are only meaning.
#pragma once

#include "chat-acceptor/files.h"
#include "chat-acceptor/groups.h"
#include "chat-acceptor/rooms.h"
#include "chat-acceptor/sessions.h"
#include "shared/config.h"
#include "shared/error_code.h"
#include "shared/record.h"
#include "shared/records/answer.h"
#include "shared/records/file.h"
#include "shared/records/group.h"
#include "shared/records/message.h"
#include "shared/records/operator.h"
#include "shared/records/room.h"
#include "shared/records/session.h"

#include <cstdint>
#include <span>
#include <string>
#include <string_view>
#include <vector>

namespace chat {

// One command of one client.
struct Request {
    SlotId client;
    const ClientRow* row;   // of the client
    std::string_view text;  // what follows the command word
    Microseconds at;
};

// What handlers see and may use. The vectors and strings keep what a record's views point to until the next request.
struct CommandContext {
    const Sessions* sessions;
    const Rooms* rooms;
    const Groups* groups;
    const Config* config;
    std::string text;
    std::vector<SlotId> receivers;
    std::string target = {};
    const Files* files = nullptr;
    std::uint16_t data_port = 0;
};

enum class Arguments : std::uint8_t { none, optional, word, two_words, text, word_and_text, three_words_and_text };

struct Command {
    std::string_view name;  // with its slash, in lower case
    // Returns the record that answers the request; sender, tag and stream position are filled in by the caller.
    Record (*handler)(CommandContext&, const Request&);
    Arguments arguments;
    std::string_view usage;    // "ID|NAME TEXT"
    std::string_view meaning;  // one sentence without its full stop
    bool ends_session = false;
};

[[nodiscard]] std::span<const Command> command_table() noexcept;
// By name without regard to case; nullptr for none.
[[nodiscard]] const Command* find_command(std::string_view name) noexcept;

// Checks the arguments against the row and calls the handler.
[[nodiscard]] Record run_command(const Command& command, CommandContext& context, const Request& request);

// An error record with `text` kept in the context.
[[nodiscard]] Record refuse(CommandContext& context, ErrorCode code, std::string text);

// Those who hear of a coming, going or renaming of `client`, perhaps with itself (protocol section 3, last paragraph).
// As in every list of receivers, delivery passes over the sender, whose own lines are not of this list.
[[nodiscard]] std::span<const SlotId> announcement_receivers(CommandContext& context, SlotId client);

// The `client` lines of /active and /members, in that order; `asker` is told which is itself.
[[nodiscard]] Record list_clients(CommandContext& context, SlotId asker, std::span<const SlotId> clients,
                                  std::string_view list);

// One who is connected, by id or name.
[[nodiscard]] std::optional<SlotId> find_client(const CommandContext& context, std::string_view id_or_name);
// `group:4711` or `4711`.
[[nodiscard]] std::optional<Group> find_group(const CommandContext& context, std::string_view word);
[[nodiscard]] Record refuse_unknown_group(CommandContext& context, std::string_view word);
// The name of a room, as it may be written.
[[nodiscard]] std::string_view without_hash(std::string_view name) noexcept;
[[nodiscard]] Record refuse_unknown_room(CommandContext& context, std::string_view name);
// Members that a group may have, its admin included.
[[nodiscard]] std::size_t most_group_members(const CommandContext& context) noexcept;

Record handle_login(CommandContext& context, const Request& request);
Record handle_whoami(CommandContext& context, const Request& request);
Record handle_active(CommandContext& context, const Request& request);
Record handle_quit(CommandContext& context, const Request& request);
Record handle_send(CommandContext& context, const Request& request);
Record handle_sendfile(CommandContext& context, const Request& request);
Record handle_broadcast(CommandContext& context, const Request& request);
Record handle_join(CommandContext& context, const Request& request);
Record handle_leave(CommandContext& context, const Request& request);
Record handle_say(CommandContext& context, const Request& request);
Record say_in_lobby(CommandContext& context, const Request& request);
Record handle_calc(CommandContext& context, const Request& request);
Record handle_rooms(CommandContext& context, const Request& request);
Record handle_members(CommandContext& context, const Request& request);
Record handle_makegroup(CommandContext& context, const Request& request);
Record handle_makegroupreq(CommandContext& context, const Request& request);
Record handle_joingroup(CommandContext& context, const Request& request);
Record handle_declinegroup(CommandContext& context, const Request& request);
Record handle_approve(CommandContext& context, const Request& request);
Record handle_reject(CommandContext& context, const Request& request);
Record handle_leavegroup(CommandContext& context, const Request& request);
Record handle_sendgroup(CommandContext& context, const Request& request);
Record handle_activegroups(CommandContext& context, const Request& request);
Record handle_activeallgroups(CommandContext& context, const Request& request);
Record handle_echo(CommandContext& context, const Request& request);
Record handle_date(CommandContext& context, const Request& request);
Record handle_time(CommandContext& context, const Request& request);
Record handle_help(CommandContext& context, const Request& request);

}  // namespace chat
