// THE TABLE of IRC commands: every command is one row with its name, how many parameters it needs, whether it may come
// before the registration is complete, and the function that deals with it.
#pragma once

#include "chat-acceptor/dialects/irc/request.h"
#include "shared/records/command_tag.h"

#include <cstddef>
#include <cstdint>
#include <optional>
#include <span>
#include <string_view>
#include <vector>

namespace chat::irc {

struct Command {
    std::string_view name;  // in upper case
    std::size_t least;      // parameters; with fewer of them: 461
    bool is_early;          // else 451 before the registration
    Reading (*handle)(const Request& request);
    std::string_view usage;  // for HELP
    bool is_secret = false;  // its parameters contain a password
};
// Sorted by name.
[[nodiscard]] std::span<const Command> command_table() noexcept;
// By name, ignoring case; nullptr if there is none.
[[nodiscard]] const Command* find_command(std::string_view name) noexcept;

// registration.cpp
[[nodiscard]] Reading negotiate(const Request& request);
[[nodiscard]] Reading take_password(const Request& request);
[[nodiscard]] Reading take_nick(const Request& request);
[[nodiscard]] Reading take_user(const Request& request);
[[nodiscard]] Reading ping(const Request& request);
[[nodiscard]] Reading pong(const Request& request);
[[nodiscard]] Reading quit(const Request& request);
// sasl.cpp
[[nodiscard]] Reading authenticate(const Request& request);
// register.cpp
[[nodiscard]] Reading register_account(const Request& request);
[[nodiscard]] Reading verify_account(const Request& request);
// operators.cpp
[[nodiscard]] Reading oper(const Request& request);
[[nodiscard]] Reading kill(const Request& request);
[[nodiscard]] Reading wallops(const Request& request);
// nickserv.cpp
[[nodiscard]] Reading ask_nickserv(const Request& request);
// chathistory.cpp
[[nodiscard]] Reading show_history(const Request& request);
// chathistory_targets.cpp
[[nodiscard]] Reading list_targets(const Request& request);
// redact.cpp
[[nodiscard]] Reading redact(const Request& request);
// read_marker.cpp
[[nodiscard]] Reading mark_read(const Request& request);
// channels.cpp
[[nodiscard]] Reading join(const Request& request);
[[nodiscard]] Reading part(const Request& request);
[[nodiscard]] Reading names(const Request& request);
[[nodiscard]] Reading list(const Request& request);
// rights.cpp
[[nodiscard]] Reading topic(const Request& request);
[[nodiscard]] Reading kick(const Request& request);
[[nodiscard]] Reading invite(const Request& request);
// modes.cpp
[[nodiscard]] Reading mode(const Request& request);
// messages.cpp
[[nodiscard]] Reading privmsg(const Request& request);
[[nodiscard]] Reading notice(const Request& request);
[[nodiscard]] Reading tagmsg(const Request& request);
[[nodiscard]] Reading away(const Request& request);
[[nodiscard]] Reading set_real_name(const Request& request);
// multiline.cpp
[[nodiscard]] Reading send_batch(const Request& request);
// A line with the tag `batch` that no batch is open for.
[[nodiscard]] Reading refuse_stray(const Request& request, bool is_secret);
// who.cpp
[[nodiscard]] Reading who(const Request& request);
// people.cpp
[[nodiscard]] Reading whois(const Request& request);
[[nodiscard]] Reading whowas(const Request& request);
[[nodiscard]] Reading userhost(const Request& request);
[[nodiscard]] Reading ison(const Request& request);
// monitor.cpp
[[nodiscard]] Reading monitor(const Request& request);
// metadata.cpp
[[nodiscard]] Reading use_metadata(const Request& request);
// server.cpp
[[nodiscard]] Reading lusers(const Request& request);
[[nodiscard]] Reading motd(const Request& request);
[[nodiscard]] Reading version(const Request& request);
[[nodiscard]] Reading time(const Request& request);
[[nodiscard]] Reading info(const Request& request);
[[nodiscard]] Reading admin(const Request& request);
[[nodiscard]] Reading links(const Request& request);
[[nodiscard]] Reading stats(const Request& request);
[[nodiscard]] Reading help(const Request& request);

// What several of those files need.

// The members of the room whom the client can see and who follow this session, in the order of their sessions.
[[nodiscard]] std::vector<SlotId> visible_members_after(const Request& request, Room room, std::uint64_t session);
// Has the client sent the password of the server, if there is one?
[[nodiscard]] bool has_server_password(const Request& request, const IrcRow& row) noexcept;
// Has it proven that it owns an account?
[[nodiscard]] bool is_logged_in(const Request& request) noexcept;

// The topic, if there is one, 353 and 366, in parts: `step` is repeated until the last part.
[[nodiscard]] Reading list_names_after_joining(const Request& request, Room room, std::uint8_t step,
                                               std::uint8_t next_step);
// For a client that has asked for read markers: waits until that of this channel is known. Empty: it is, or there is
// none to add; then add_marker() adds the line, if there is one.
[[nodiscard]] std::optional<Reading> await_marker(const Request& request, Room room);
void add_marker(const Request& request, Room room, Reply& reply);
// 332 and 333; nothing if there is no topic.
void add_topic(const Request& request, Room room, Reply& reply);
// 001 to 005, LUSERS, the message of the day, and the client's modes.
void greet(const Request& request, std::string_view nick, const IrcRow& row, Reply& reply);
void add_lusers(const Request& request, bool is_new, Reply& reply);
void add_motd(const Request& request, Reply& reply);
void add_support(const Request& request, Reply& reply);
// Are there accounts?
[[nodiscard]] bool has_accounts(const Request& request) noexcept;
// The line that proved that the client owns an account becomes a login: the record of /login, with what was kept
// meanwhile. The client knows already that it is logged in.
[[nodiscard]] Reading finish_login(const Request& request, std::uint8_t next_step);
// 900: the client has proven that it owns this account.
void add_logged_in(const Request& request, std::string_view account, Reply& reply);
// PASS NAME:SECRET, as a proof that the client owns this account. The secret is in the line.
[[nodiscard]] Reading log_in_with_password(const Request& request, std::string_view name, std::string_view secret);
// One message to one target; a notice in vain is not answered.
[[nodiscard]] Reading send_text(const Request& request, std::string_view target, std::string_view text, bool is_notice);
// With the client as its source a line must still fit for its receivers: nothing is cut. `size`: bytes of its text.
[[nodiscard]] bool fits_line(const Request& request, std::string_view target, std::size_t size);
// A message to NickServ.
[[nodiscard]] bool is_nickserv(std::string_view target) noexcept;
[[nodiscard]] Reading write_to_nickserv(const Request& request, std::string_view text);
// JOIN of these channels, with a list of keys, from this step of the line on.
[[nodiscard]] Reading join_rooms(const Request& request, std::span<const std::string_view> channels,
                                 std::string_view keys, std::uint8_t first_step);

}  // namespace chat::irc
