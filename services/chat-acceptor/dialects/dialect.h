// What a client speaks: how its lines become acts, and how a connection is refused in words that it understands. The
// listening socket that a client came through determines its dialect (FileDescriptorName=), which is kept in its row.
// Delivery has the other half: chat-delivery/dialects/dialect.h.
//
// To add a dialect: an id in shared/records/dialect_id.h, a folder beside this file with a `DialectReader`, and its row
// in dialect.cpp. Dialects never include each other, and acts and state include none.
#pragma once

#include "chat-acceptor/acts/act.h"
#include "chat-acceptor/acts/draft.h"
#include "chat-acceptor/acts/perform.h"
#include "chat-acceptor/acts/waiting.h"
#include "shared/records/dialect_id.h"

#include <cstddef>
#include <cstdint>
#include <memory>
#include <optional>
#include <string>
#include <string_view>

namespace chat {

// What a dialect may look at while it reads a line.
struct ReadContext {
    const ActContext* acts;
    Asker asker;                     // its row says which step of the line comes next
    const Answer* answer = nullptr;  // to the question of this line, if it has asked one
    // Of a line that may continue in the next ones: what the client has sent after it so far.
    std::optional<std::string_view> following = {};
    bool has_ended = false;  // nothing more will come, or be looked at
};

// A message that is made of several lines.
struct JoinedTexts {
    std::string text;  // LF between its lines
    std::string tags;  // records::tags_with_joints()
};

// One line from a client.
struct Reading {
    std::string_view tag;           // repeated by the answers; empty if there is none
    Act act = act::ShowSelf{};      // meaningless if there is an answer
    std::unique_ptr<Draft> answer;  // set if the dialect itself answers: a refusal, or its help
    bool is_secret = false;         // the line contains a password or token
    // Bytes of the answer if it is, or may become, a list in parts: it waits for room in the outbox.
    std::size_t list_part = 0;
    std::uint8_t next_step = 0;             // not 0: the line becomes further records, the next of them with this step
    std::optional<Question> question = {};  // set if the dialect itself has to ask: the line waits and is read again
    // Of IRC: the command's label, and tags that go with its message (records/command_tag.h, records/message.h).
    std::string_view label = {};
    std::string_view message_tags = {};
    std::string takes_name = {};  // it belongs to this client: whoever else has it gets another one first
    // A client that is disconnected before the line is answered, and why.
    struct Removal {
        SlotId client;
        std::string reason;
    };
    std::optional<Removal> removes = {};
    std::string journal_entry = {};  // what the journal says of the client; empty: nothing
    // `following`: the line is to be read again with what follows it. `more`: it stays until more has come.
    enum class Needs : std::uint8_t { nothing, following, more };
    Needs needs = Needs::nothing;
    std::size_t following_used = 0;                       // bytes: they are consumed together with the line
    std::int64_t further_lines = 0;                       // how many of these count against the rate of the client
    std::unique_ptr<const JoinedTexts> joined = nullptr;  // what the act and `message_tags` view, if not the line
};

// Why a connection never becomes a client.
enum class Refusal : std::uint8_t {
    limit,      // the maximum number of clients is connected
    too_many,   // its address has the maximum number of connections
    too_fast,   // its address connects too often
    banned,     // its address is banned
    busy,       // there is no slot or memory for it at the moment
    forgotten,  // it was a client in a segment that is lost
    unfit,      // its stream cannot be followed exactly (prepare_connection())
    disabled,   // the server does not serve this dialect
};
inline constexpr std::size_t refusal_count = static_cast<std::size_t>(Refusal::disabled) + 1;

// What the answer to a line repeats: see Reading.
struct LineMarks {
    std::string_view tag = {};
    std::string_view label = {};
};

struct DialectReader {
    std::string_view socket_name;  // FileDescriptorName= of the listening socket
    std::string_view stored_name;  // of a client's socket in the service manager's store
    // `line` comes without its LF and a CR before it, and is otherwise unchecked. Views point into the line.
    Reading (*read)(std::string_view line, const ReadContext& context);
    // The tag and the label of a line that is not parsed, because it is too long or came too fast.
    LineMarks (*find_marks)(std::string_view line);
    // Does such a line contain a password or token?
    bool (*is_secret)(std::string_view line);
    // The whole line, including its line end. `reason`: of a ban.
    std::string (*refuse)(Refusal refusal, std::string_view reason);
    // What a client is told because the server no longer offers what it was told before; empty: nothing.
    std::optional<Draft> (*offer)(const ReadContext& context);
    // A line that the client answers, if it is there; nullptr: there is none.
    Draft (*probe)(const ReadContext& context);
};

[[nodiscard]] const DialectReader& reader_of(DialectId id) noexcept;
// What the name of a listening socket, or of a stored one, says.
struct SocketRole {
    DialectId dialect = DialectId::line;  // if no other one has that name
    bool is_proxied = false;              // connections come from a TLS terminator: the name ends with `-proxied`
};
[[nodiscard]] SocketRole role_of_listener(std::string_view name) noexcept;
[[nodiscard]] SocketRole role_of_stored(std::string_view name) noexcept;
[[nodiscard]] std::string stored_name_of(DialectId id, bool is_proxied);

}  // namespace chat
