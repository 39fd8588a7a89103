// What the handlers of commands work with: one line with the state that it is read against, and the answer they write.
//
// An answer is made of lines that delivery completes (chat-delivery/dialects/irc): one that begins with a number gets
// the server as its source and the client's nick after the number; one that begins with `:` gets the server as its
// source, one with `!` the client itself, and one with `=` has none.
#pragma once

#include "chat-acceptor/dialects/dialect.h"
#include "chat-acceptor/dialects/irc/irc_line.h"
#include "shared/memory/irc_table.h"
#include "shared/system/clock.h"
#include "shared/system/irc_server_name.h"

#include <cstdint>
#include <initializer_list>
#include <optional>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

namespace chat::irc {

// A part of a list ends after so many bytes; delivery adds a source and a nick to each line.
inline constexpr std::size_t largest_part = 4000;
// Without its line end.
inline constexpr std::size_t longest_line = 510;

struct Request {
    const Line* line;
    const ReadContext* context;

    [[nodiscard]] const ClientRow& row() const noexcept { return *context->asker.row; }
    [[nodiscard]] const Tables& tables() const noexcept { return *context->acts->tables; }
    [[nodiscard]] const Sessions& sessions() const noexcept { return tables().sessions; }
    [[nodiscard]] const Rooms& rooms() const noexcept { return tables().rooms; }
    [[nodiscard]] const Config& config() const noexcept { return *context->acts->config; }
    [[nodiscard]] SlotId client() const noexcept { return context->asker.client; }
    [[nodiscard]] const IrcRow& irc() const noexcept { return sessions().irc_row(client().slot); }
    [[nodiscard]] bool is_registered() const noexcept { return row().is_unregistered == 0; }
    [[nodiscard]] std::uint8_t step() const noexcept { return row().line_step; }
    [[nodiscard]] std::string_view param(std::size_t index) const noexcept { return line->param(index); }
    // Its nick; * if it has none yet.
    [[nodiscard]] std::string_view nick() const noexcept;
};

// Appends ` :text`, or a parameter that needs no colon.
class Reply {
  public:
    // `NNN first second … :text`.
    void numeric(int number, std::initializer_list<std::string_view> params, std::string_view text);
    // The same without a text.
    void numeric(int number, std::initializer_list<std::string_view> params);
    // FAIL COMMAND CODE words… :text (IRCv3 standard replies).
    void fail(std::string_view command, std::string_view code, std::initializer_list<std::string_view> about,
              std::string_view text);
    // The same with WARN: the rest of the command is done.
    void warn(std::string_view command, std::string_view code, std::initializer_list<std::string_view> about,
              std::string_view text);
    // A line that begins with a mark, as it is.
    void raw(std::string_view line) { lines_.append(line).push_back('\n'); }

    [[nodiscard]] std::string& lines() noexcept { return lines_; }
    [[nodiscard]] std::size_t size() const noexcept { return lines_.size(); }

  private:
    void standard_reply(std::string_view type, std::string_view command, std::string_view code,
                        std::initializer_list<std::string_view> about, std::string_view text);

    std::string lines_;
};

// What a line becomes.
[[nodiscard]] Reading answer(const Request& request, Reply reply, std::uint8_t next_step = 0);
// One part of a list; empty cursor: the last one.
[[nodiscard]] Reading answer_part(const Request& request, Reply reply, std::string cursor, std::uint8_t next_step = 0);
// An answer that also changes what is known of the client.
[[nodiscard]] Reading answer(const Request& request, Reply reply, const IrcRow& row, std::uint8_t next_step = 0);
// One that others learn of: those who share a channel with the client, or watch it with extended-monitor, and have
// asked for it with this capability.
[[nodiscard]] Reading answer_with_news(const Request& request, Reply reply, const IrcRow& row, IrcNews news,
                                       std::uint32_t capability);
// Lines that others receive in place of the client: with one of the news that carry them.
[[nodiscard]] Reading answer_to_all(const Request& request, Reply reply, IrcNews news, std::vector<SlotId> receivers);
[[nodiscard]] Reading silence(const Request& request);
// `about`: what a refusal refers to, at most max_name_size bytes.
[[nodiscard]] Reading ask(Act act, std::string_view about, std::uint8_t next_step = 0);
// The line waits for the answer, and is then read again.
[[nodiscard]] Reading wait_for(Question question);
// One numeric about `name`.
[[nodiscard]] Reading refuse(const Request& request, int number, std::string_view name, std::string_view text,
                             std::uint8_t next_step = 0);
// 403.
[[nodiscard]] Reading refuse_channel(const Request& request, std::string_view name, std::uint8_t next_step = 0);
// 461.
[[nodiscard]] Reading refuse_params(const Request& request);

[[nodiscard]] std::string in_upper_case(std::string_view word);
// The message that a client calls by this `msgid`; empty: it is not one of this log.
[[nodiscard]] std::optional<std::uint64_t> message_of(const Request& request, std::string_view msgid) noexcept;
// `timestamp=2026-11-20T12:31:05.123Z`, to the millisecond; empty: it is something else.
[[nodiscard]] std::optional<Microseconds> time_of_reference(const Request& request, std::string_view word);

// How others see a client. A native client is name!id@native.
struct Source {
    std::string user;
    std::string host;
    std::string real_name;
    bool is_away = false;
    bool is_bot = false;
};
[[nodiscard]] bool speaks_irc(const Request& request, SlotId client) noexcept;
// Of the server: who has used OPER.
[[nodiscard]] bool is_operator(const Request& request, SlotId client) noexcept;
[[nodiscard]] Source source_of(const Request& request, SlotId client);
// Do others see that this client is here?
[[nodiscard]] bool is_visible(const Request& request, SlotId client) noexcept;

// `@` or `+` before the nick of a member, if it has that standing.
[[nodiscard]] std::string_view prefix_of(const Request& request, SlotId client, Room room) noexcept;

// The modes of a client, as for 221: `+` and their letters.
[[nodiscard]] std::string user_modes(const IrcRow& row);

[[nodiscard]] std::string seconds_of(Microseconds at);

// One room of a list of channels: `#name`, as the room is spelled.
[[nodiscard]] std::string channel(std::string_view room);
// The name of the room that a channel stands for; empty if it cannot be one.
[[nodiscard]] std::string_view room_of(std::string_view channel) noexcept;
// The room itself, if it exists.
[[nodiscard]] std::optional<Room> find_channel(const Request& request, std::string_view channel);

}  // namespace chat::irc
