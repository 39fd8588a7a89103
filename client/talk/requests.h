// The lines that were sent and not answered yet, each under a tag: those that are left when the connection ends may
// never have been received.
#pragma once

#include "client/talk/target.h"
#include "shared/text/protocol.h"

#include <cstddef>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

namespace chat {

// Who sent it, which decides what happens with the answer.
enum class Asker {
    person,      // typed; answers are shown, `ok` is not
    client,      // the client on its own behalf; only errors are shown
    background,  // the same, and errors are not shown either
    companion,   // a companion, which sees the answers first
};

struct Request {
    std::string tag = {};
    Asker asker = Asker::person;
    std::string typed = {};    // for people: what the request is about
    bool is_text = false;      // a message, not a command
    bool own_tag = false;      // the tag is the person's own
    Target target = {};        // of a message
    bool is_action = false;    // the message says what the person does
    bool is_of_paste = false;  // it is text, whatever it looks like
    bool is_repeated = false;  // not answered after all: it is sent again
};

class Requests {
  public:
    // A person's lines are accepted only while there are fewer than this.
    static constexpr std::size_t most = 1000;

    // Notes a line that is about to be sent. Returns its tag: that of the request, or a new one if that is empty.
    std::string add(Request request);
    // The request that `line` answers, if any. A person's request is forgotten with its first answer, unless that is a
    // row of /history or /unread, any other with its last.
    [[nodiscard]] std::optional<Request> answered(const ServerLine& line);
    [[nodiscard]] bool has_room() const noexcept { return waiting_.size() < most; }
    // Takes those without an answer, in the order sent.
    [[nodiscard]] std::vector<Request> take_all();

  private:
    std::vector<Request> waiting_;
    unsigned long long number_ = 0;
};

// The server refused /quit: too many lines came before it.
[[nodiscard]] bool is_quit_too_fast(const ServerLine& line);

// `command` with `tag`, as it goes over the wire.
[[nodiscard]] std::string tagged(std::string_view tag, std::string_view command);

}  // namespace chat
